import { z } from 'zod';

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

/** Kept without a slash at the end, so that a path can be appended. */
const webAddress = () =>
  variable(
    '',
    'an address that begins with http:// or https://',
    z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  );

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

  PORT: port(3000),
  APP_URL: webAddress(),
  CALLBACK_URL: webAddress(),
  AUTH_SECRET: secret(32),
  GITHUB_ID: text(),
  GITHUB_SECRET: text(),
  GOOGLE_ID: text(),
  GOOGLE_SECRET: text(),

  DATABASE_URL: databaseAddress(),
  DATABASE_PORT: port(54_329),
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

  GPU_PROVIDER: choice('sandbox', ['sandbox', 'worker-host']),
  WORKER_HOST_URL: webAddress(),
  WORKER_HOST_TOKEN: text(),
  WORKER_HOST_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  SANDBOX_GPU_URL: webAddress(),
  SANDBOX_GPU_TOKEN: text(),
  SANDBOX_GPU_PORT: port(3902),
  SANDBOX_TRAINING_SECONDS: wholeNumber(25, 1, 86_400),
  SANDBOX_PRICE_MICRO_USD_PER_SECOND: wholeNumber(0, 0, 1_000_000_000),
  TRAINING_DEADLINE_MINUTES: wholeNumber(360, 1, 10_080),

  FLUX_LICENSE_REFERENCE: text(), // D14
  LORA_EXPIRY_DAYS: wholeNumber(180, 1, 3650), // D13
});

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
  if (values.GITHUB_ID) needs('GITHUB_SECRET', 'GITHUB_ID');
  if (values.GITHUB_SECRET) needs('GITHUB_ID', 'GITHUB_SECRET');
  if (values.GOOGLE_ID) needs('GOOGLE_SECRET', 'GOOGLE_ID');
  if (values.GOOGLE_SECRET) needs('GOOGLE_ID', 'GOOGLE_SECRET');
  if (values.S3_ENDPOINT) {
    needs('S3_ACCESS_KEY_ID', 'S3_ENDPOINT');
    needs('S3_SECRET_ACCESS_KEY', 'S3_ENDPOINT');
  }
  if (values.SANDBOX_GPU_URL) needs('SANDBOX_GPU_TOKEN', 'SANDBOX_GPU_URL');
  if (values.GPU_PROVIDER === 'worker-host') {
    needs('WORKER_HOST_URL', 'GPU_PROVIDER=worker-host');
    needs('WORKER_HOST_TOKEN', 'GPU_PROVIDER=worker-host');
  }

  const appUrl = values.APP_URL || `http://localhost:${values.PORT}`;
  return {
    ...values,
    APP_URL: appUrl,
    CALLBACK_URL: values.CALLBACK_URL || appUrl,
    S3_PUBLIC_ENDPOINT: values.S3_PUBLIC_ENDPOINT || values.S3_ENDPOINT,
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

let read: Env | undefined;

/**
 * This process' settings, read once at first use. Nothing else in `lib` and `app` looks at
 * `process.env`. Where an embedded part runs, whoever started this process has put its address and
 * secret here.
 */
export function env(): Env {
  read ??= readEnv(process.env);
  return read;
}
