import { z } from 'zod';
import { baseModelIds } from './lora/rules/base-models.ts';

const MAX_PORT = 65_535;

/** One variable: unset or empty means `fallback`; else `value` decides, and `expected` is told. */
function variable<T>(fallback: T, expected: string, value: z.ZodType<T>) {
  return z
    .string()
    .optional()
    .transform((text, context): T => {
      if (text === undefined || text === '') return fallback;
      const parsed = value.safeParse(text);
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });
}

const text = (fallback = '') => variable<string>(fallback, 'a text', z.string());

const wholeNumber = (fallback: number, from: number, to: number) =>
  variable(
    fallback,
    `a whole number from ${from} to ${to}`,
    z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(from).max(to)),
  );

const port = (fallback: number) =>
  variable(
    fallback,
    `a port number from 1 to ${MAX_PORT}`,
    z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(MAX_PORT)),
  );

const trueOrFalse = (fallback: boolean) =>
  variable(
    fallback,
    'true or false',
    z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }),
  );

const choice = <const T extends readonly [string, ...string[]]>(fallback: T[number], options: T) =>
  variable<T[number]>(fallback, `one of ${options.join(', ')}`, z.enum(options));

/** Names with commas between them. */
const names = z.string().transform((text) => text.split(',').map((name) => name.trim()));

const list = (fallback: string[]) =>
  variable(fallback, 'names with commas between them', names.pipe(z.array(z.string().min(1))));

export const realGpus = [
  'worker-host',
  'ai-toolkit',
  'runpod',
  'runpod-serverless',
  'modal',
] as const;

/** Base models with the provider they are sent to. */
const routes = () =>
  variable<string[]>(
    [],
    'base models with = and a provider, as one-2.1=runpod',
    names.pipe(
      z.array(z.enum(baseModelIds.flatMap((model) => realGpus.map((gpu) => `${model}=${gpu}`)))),
    ),
  );

/** Kept without a slash at the end, so that a path can be appended. */
const webAddress = (fallback = '') =>
  variable<string>(
    fallback,
    'an address that begins with http:// or https://',
    z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  );

const modalName = (fallback: string) =>
  variable(fallback, 'letters, digits, - and _', z.string().regex(/^[A-Za-z0-9_-]+$/));

const databaseAddress = () =>
  variable('', 'an address that begins with postgresql://', z.url({ protocol: /^postgres(ql)?$/ }));

const secret = (minimumLength: number) =>
  variable('', `at least ${minimumLength} characters`, z.string().min(minimumLength));

/** Every variable the project reads, by name; `.env.example` says what each one is for. */
export const variables = z.object({
  NODE_ENV: choice('development', ['development', 'production', 'test']),
  LOG_LEVEL: choice('info', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  LIKENESS_DATA_DIR: text('.data'),
  SAMPLE_DATA: trueOrFalse(true),
  // Empty: shown in development only.
  GALLERY: variable<'' | boolean>(
    '',
    'true or false',
    z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }),
  ),

  PORT: port(3000),
  WEB_SERVERS: wholeNumber(1, 1, 16),
  WORKERS: wholeNumber(1, 1, 16),
  APP_URL: webAddress(),
  CALLBACK_URL: webAddress(),
  TRUSTED_PROXY_HOPS: wholeNumber(0, 0, 10),
  AUTH_SECRET: secret(32),
  GITHUB_ID: text(),
  GITHUB_SECRET: text(),
  GOOGLE_ID: text(),
  GOOGLE_SECRET: text(),

  DATABASE_URL: databaseAddress(),
  DATABASE_OWNER_URL: databaseAddress(),
  DATABASE_PORT: port(54_329),
  DATABASE_POOL: wholeNumber(10, 2, 200),
  QUEUE_POOL: wholeNumber(4, 1, 50),
  TEST_DATABASE_URL: databaseAddress(),

  S3_ENDPOINT: webAddress(),
  S3_PUBLIC_ENDPOINT: webAddress(),
  S3_BUCKET: variable(
    'likeness',
    'a bucket name',
    z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  ),
  S3_REGION: text('us-east-1'),
  S3_ACCESS_KEY_ID: text(),
  S3_SECRET_ACCESS_KEY: text(),
  S3_FORCE_PATH_STYLE: trueOrFalse(true),
  S3_PORT: port(3901),

  GPU_PROVIDER: choice('sandbox', ['sandbox', ...realGpus]),
  GPU_ROUTES: routes(),
  GPU_PRICES_AS_OF: variable('', 'a day such as 2026-11-09', z.iso.date()),
  WORKER_HOST_URL: webAddress(),
  WORKER_HOST_TOKEN: text(),
  WORKER_HOST_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  AI_TOOLKIT_URL: webAddress(),
  AI_TOOLKIT_AUTH: variable('', 'a token without spaces', z.string().regex(/^\S+$/)),
  AI_TOOLKIT_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  RUNPOD_API_KEY: text(),
  RUNPOD_API_URL: webAddress('https://api.runpod.io/v2'),
  RUNPOD_PROXY_URL: variable(
    'https://{pod}-8675.proxy.runpod.net',
    'an address with {pod} in it',
    z.string().regex(/^https?:\/\/\S*\{pod\}\S*$/),
  ),
  RUNPOD_IMAGE: text('ostris/aitoolkit:0.12.26'),
  RUNPOD_GPUS: list(['NVIDIA L40S', 'NVIDIA A100 80GB PCIe', 'NVIDIA A100-SXM4-80GB']),
  RUNPOD_CLOUD: choice('SECURE', ['SECURE', 'COMMUNITY']),
  RUNPOD_MAX_CENTS_PER_HOUR: wholeNumber(250, 1, 100_000),
  RUNPOD_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  RUNPOD_DISK_GB: wholeNumber(120, 20, 4_096),
  RUNPOD_HF_TOKEN: text(),
  RUNPOD_BOOT_MINUTES: wholeNumber(20, 1, 120),
  RUNPOD_SERVERLESS_URL: webAddress('https://api.runpod.ai/v2'),
  RUNPOD_SERVERLESS_ENDPOINT: variable(
    '',
    'the id of an endpoint: letters and digits',
    z.string().regex(/^[A-Za-z0-9]{1,60}$/),
  ),
  RUNPOD_SERVERLESS_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  MODAL_TOKEN_ID: text(),
  MODAL_TOKEN_SECRET: text(),
  MODAL_ENVIRONMENT: modalName(''),
  MODAL_APP: modalName('likeness'),
  MODAL_FUNCTION: modalName('train'),
  // Read by Modal's SDK itself.
  MODAL_SERVER_URL: webAddress('https://api.modal.com:443'),
  MODAL_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  SANDBOX_GPU_URL: webAddress(),
  SANDBOX_GPU_TOKEN: text(),
  SANDBOX_GPU_PORT: port(3902),
  SANDBOX_TRAINING_SECONDS: wholeNumber(25, 1, 86_400),
  SANDBOX_PRICE_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  TRAINING_DEADLINE_MINUTES: wholeNumber(360, 1, 10_080),
  TRAININGS_AT_ONCE: wholeNumber(10, 0, 100_000),
  TRAININGS_A_DAY: wholeNumber(50, 0, 100_000),
  GPU_USD_A_DAY: wholeNumber(500, 0, 1_000_000),
  ATTEMPT_LEASE_SECONDS: wholeNumber(30, 2, 600),
  GPU_PAUSE_SECONDS: wholeNumber(30, 1, 300),
  CRASH_POINT: text(),

  STRIPE_SECRET_KEY: text(),
  STRIPE_WEBHOOK_SECRET: text(),
  STRIPE_API_BASE: webAddress(),

  // Empty: a file mailbox in development, none elsewhere.
  MAIL_TRANSPORT: variable<'' | 'off' | 'smtp' | 'file'>(
    '',
    'one of off, smtp, file',
    z.enum(['off', 'smtp', 'file']),
  ),
  MAIL_SMTP_URL: variable(
    '',
    'an address that begins with smtps:// or smtp://',
    z.url({ protocol: /^smtps?$/ }),
  ),
  MAIL_FROM: variable(
    'Likeness <likeness@localhost>',
    'an address such as Likeness <likeness@example.com>',
    z.string().regex(/^(?:[^<>\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u),
  ),
  MAIL_DIRECTORY: text(),

  FLUX_LICENSE_REFERENCE: text(), // D14
  LORA_EXPIRY_DAYS: wholeNumber(180, 1, 3650), // D13
});

const neededBy = {
  sandbox: [],
  'worker-host': ['WORKER_HOST_URL', 'WORKER_HOST_TOKEN'],
  'ai-toolkit': ['AI_TOOLKIT_URL', 'AI_TOOLKIT_AUTH'],
  runpod: ['RUNPOD_API_KEY', 'AUTH_SECRET'],
  'runpod-serverless': ['RUNPOD_API_KEY', 'RUNPOD_SERVERLESS_ENDPOINT', 'AUTH_SECRET'],
  modal: ['MODAL_TOKEN_ID', 'MODAL_TOKEN_SECRET', 'AUTH_SECRET'],
} as const;

const settings = variables.transform((values, context) => {
  const needs = (name: keyof typeof values, because: string) => {
    if (values[name] === '') {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `a value, because ${because} is set`,
      });
    }
  };
  if (values.CRASH_POINT && values.NODE_ENV !== 'test') {
    context.addIssue({
      code: 'custom',
      path: ['CRASH_POINT'],
      message: 'nothing, because it kills processes and is for NODE_ENV=test alone',
    });
  }
  if (values.GITHUB_ID) needs('GITHUB_SECRET', 'GITHUB_ID');
  if (values.GITHUB_SECRET) needs('GITHUB_ID', 'GITHUB_SECRET');
  if (values.GOOGLE_ID) needs('GOOGLE_SECRET', 'GOOGLE_ID');
  if (values.GOOGLE_SECRET) needs('GOOGLE_ID', 'GOOGLE_SECRET');
  if (values.DATABASE_OWNER_URL) needs('DATABASE_URL', 'DATABASE_OWNER_URL');
  if (values.S3_ENDPOINT) {
    needs('S3_ACCESS_KEY_ID', 'S3_ENDPOINT');
    needs('S3_SECRET_ACCESS_KEY', 'S3_ENDPOINT');
  }
  if (values.SANDBOX_GPU_URL) needs('SANDBOX_GPU_TOKEN', 'SANDBOX_GPU_URL');
  if (values.MAIL_TRANSPORT === 'smtp') needs('MAIL_SMTP_URL', 'MAIL_TRANSPORT=smtp');
  if (values.STRIPE_SECRET_KEY) needs('STRIPE_WEBHOOK_SECRET', 'STRIPE_SECRET_KEY');
  const routed = realGpus.filter((gpu) =>
    values.GPU_ROUTES.some((route) => route.endsWith(`=${gpu}`)),
  );
  if (values.GPU_PROVIDER === 'sandbox' && routed.length > 0) {
    context.addIssue({
      code: 'custom',
      path: ['GPU_PROVIDER'],
      message: 'a real GPU, because GPU_ROUTES is set',
    });
  }
  for (const gpu of new Set([values.GPU_PROVIDER, ...routed])) {
    const because = values.GPU_PROVIDER === gpu ? `GPU_PROVIDER=${gpu}` : 'GPU_ROUTES';
    for (const name of neededBy[gpu]) needs(name, because);
  }

  const appUrl = values.APP_URL || `http://localhost:${values.PORT}`;
  return {
    ...values,
    APP_URL: appUrl,
    CALLBACK_URL: values.CALLBACK_URL || appUrl,
    S3_PUBLIC_ENDPOINT: values.S3_PUBLIC_ENDPOINT || values.S3_ENDPOINT,
    GALLERY: values.GALLERY === '' ? values.NODE_ENV === 'development' : values.GALLERY,
    MAIL_TRANSPORT: values.MAIL_TRANSPORT || (values.NODE_ENV === 'development' ? 'file' : 'off'),
  };
});

export type Env = z.output<typeof settings>;

/** Wrong settings. The message has one line a variable: its name and what is expected. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
}

/**
 * Reads and checks settings. Throws `EnvError` that names every wrong variable. A value is never
 * repeated in the message: it may be a secret.
 */
export function readEnv(source: Record<string, string | undefined>): Env {
  const parsed = settings.safeParse(source);
  if (parsed.success) return parsed.data;
  throw new EnvError(
    parsed.error.issues
      .map((issue) => `${issue.path.join('.')}: expected ${issue.message}.`)
      .join('\n'),
  );
}

const shared = globalThis as { likenessEnv?: Env };

/**
 * This process' settings, read once at first use. Nothing else in `lib` and `app` looks at
 * `process.env`. Where an embedded part runs, whoever started this process has put its address and
 * secret here.
 */
export function env(): Env {
  shared.likenessEnv ??= readEnv(process.env);
  return shared.likenessEnv;
}
