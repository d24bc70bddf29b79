import { type Env, variables } from '../lib/env.ts';
import type { Secrets } from './data-directory.ts';
import type { PortUse } from './ports.ts';

export const DATABASE_NAME = 'likeness';
/** Makes the tables; web and worker never learn its password. */
const DATABASE_OWNER = 'likeness';
/** What web and worker connect as. */
export const DATABASE_USER = 'likeness_app';

/** Which parts the stack brings itself, because no setting names another. */
export interface Embedded {
  database: boolean;
  s3: boolean;
  gpu: boolean;
}

export function embeddedParts(env: Env): Embedded {
  return {
    database: env.DATABASE_URL === '',
    s3: env.S3_ENDPOINT === '',
    gpu: env.GPU_PROVIDER === 'sandbox' && env.SANDBOX_GPU_URL === '',
  };
}

/** One port a web server: PORT and those after it. */
export function webPorts({ PORT, WEB_SERVERS }: Env): number[] {
  return Array.from({ length: WEB_SERVERS }, (_, index) => PORT + index);
}

/** Every port the stack will listen on, with the variable that changes it. */
export function portUses(env: Env, embedded: Embedded): PortUse[] {
  const uses: PortUse[] = webPorts(env).map((port, index) => ({
    port,
    variable: 'PORT',
    what: index === 0 ? 'the web server' : `web server ${index + 1}`,
  }));
  if (embedded.database) {
    uses.push({
      port: env.DATABASE_PORT,
      variable: 'DATABASE_PORT',
      what: 'the embedded PostgreSQL',
    });
  }
  if (embedded.s3) {
    uses.push({ port: env.S3_PORT, variable: 'S3_PORT', what: 'the embedded S3 store' });
  }
  if (embedded.gpu) {
    uses.push({
      port: env.SANDBOX_GPU_PORT,
      variable: 'SANDBOX_GPU_PORT',
      what: 'the sandbox GPU',
    });
  }
  return uses;
}

/** The settings with the addresses and secrets of embedded parts filled in where none were set. */
export function withEmbedded(env: Env, embedded: Embedded, secrets: Secrets): Env {
  const filled = { ...env, AUTH_SECRET: env.AUTH_SECRET || secrets.authSecret };
  if (embedded.database) {
    const address = (user: string, password: string) =>
      `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${env.DATABASE_PORT}/${DATABASE_NAME}`;
    filled.DATABASE_URL = address(DATABASE_USER, secrets.databaseAppPassword);
    filled.DATABASE_OWNER_URL = address(DATABASE_OWNER, secrets.databasePassword);
  }
  if (embedded.s3) {
    filled.S3_ENDPOINT = `http://127.0.0.1:${env.S3_PORT}`;
    filled.S3_PUBLIC_ENDPOINT = env.S3_PUBLIC_ENDPOINT || filled.S3_ENDPOINT;
    filled.S3_ACCESS_KEY_ID = env.S3_ACCESS_KEY_ID || secrets.s3AccessKeyId;
    filled.S3_SECRET_ACCESS_KEY = env.S3_SECRET_ACCESS_KEY || secrets.s3SecretAccessKey;
    // A bucket in the host name would need a name server of its own.
    filled.S3_FORCE_PATH_STYLE = true;
  }
  if (embedded.gpu) {
    filled.SANDBOX_GPU_URL = `http://127.0.0.1:${env.SANDBOX_GPU_PORT}`;
    filled.SANDBOX_GPU_TOKEN = env.SANDBOX_GPU_TOKEN || secrets.sandboxGpuToken;
  }
  return filled;
}

/**
 * The environment of a part: every variable is set, also to nothing, so that no `.env` file a part
 * might read by itself changes it. The owner of the database is left out: only the preparation has
 * its address.
 */
export function childEnvironment(
  base: Record<string, string | undefined>,
  env: Env,
): NodeJS.ProcessEnv {
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) if (value !== undefined) child[name] = value;
  for (const name of Object.keys(variables.shape) as (keyof Env)[]) child[name] = String(env[name]);
  return {
    ...child,
    DATABASE_OWNER_URL: '',
    NODE_ENV: env.NODE_ENV,
    // next-auth reads these names itself.
    NEXTAUTH_URL: env.APP_URL,
    NEXTAUTH_SECRET: env.AUTH_SECRET,
    NEXT_TELEMETRY_DISABLED: '1',
  };
}
