import { startS3Server } from './server.ts';

/** Says so and exits with this code when the port is taken, so that a supervisor can tell. */
const portTakenExitCode = 98;

function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set.`);
  process.exit(1);
}

const port = Number(setting('S3_PORT'));
try {
  const server = await startS3Server({
    port,
    directory: setting('S3_DIRECTORY'),
    accessKeyId: setting('S3_ACCESS_KEY_ID'),
    secretAccessKey: setting('S3_SECRET_ACCESS_KEY'),
  });
  console.log(`The object store listens on ${server.url}.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
} catch (error) {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    console.error(`Port ${port} is taken: set S3_PORT to a free one.`);
    process.exit(portTakenExitCode);
  }
  throw error;
}
