import { startSandboxGpuServer } from './server.ts';

/** Says so and exits with this code when the port is taken, so that a supervisor can tell. */
const portTakenExitCode = 98;

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

function text(name: string): string {
  return process.env[name] || stop(`${name} is not set.`);
}

/** Null when it is not set. */
function number(name: string, from: number, to: number): number | null {
  const value = process.env[name];
  if (!value) return null;
  const parsed = Number(value);
  if (Number.isFinite(parsed) && parsed >= from && parsed <= to) return parsed;
  return stop(`${name}: expected a number from ${from} to ${to}.`);
}

const port = number('SANDBOX_GPU_PORT', 0, 65_535) ?? stop('SANDBOX_GPU_PORT is not set.');
try {
  const server = await startSandboxGpuServer({
    port,
    token: text('SANDBOX_GPU_TOKEN'),
    directory: text('SANDBOX_GPU_DIRECTORY'),
    slots: number('SANDBOX_GPU_SLOTS', 1, 100) ?? 4,
    trainingSeconds: number('SANDBOX_TRAINING_SECONDS', 0.1, 86_400) ?? 25,
    adapterLayers: number('SANDBOX_ADAPTER_LAYERS', 1, 100) ?? 2,
    adapterMegabytes: number('SANDBOX_ADAPTER_MEGABYTES', 1, 2_000),
  });
  console.log(`The sandbox GPU listens on ${server.url}.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
} catch (error) {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    console.error(`Port ${port} is taken: set SANDBOX_GPU_PORT to a free one.`);
    process.exit(portTakenExitCode);
  }
  throw error;
}
