import { join, resolve } from 'node:path';
import { EnvError, readEnv } from '../lib/env.ts';
import type { BaseModelId } from '../lib/lora/rules/base-models.ts';
import { readSecrets } from './data-directory.ts';
import { ROOT } from './root.ts';
import { loadSettings } from './run-stack.ts';
import { embeddedParts, withEmbedded } from './stack-settings.ts';

/**
 * `npm run gpu:check [-- --train]`: says of every GPU provider that is in use whether it is in order,
 * and what to do where it is not; the exit code is 1 then. Spends nothing, unless `--train` is given:
 * that runs a training of ten steps at each, says what it cost and removes it, also when it fails or
 * is stopped by Ctrl-C. Embedded parts must be running; for a provider whose workers report to the
 * application, the application.
 */
const asked = process.argv.slice(2);
if (asked.some((flag) => flag !== '--train')) {
  console.error('Usage: npm run gpu:check [-- --train]');
  process.exit(2);
}

loadSettings();
const wanted = readSettings();
const secrets = await readSecrets(join(resolve(ROOT, wanted.LIKENESS_DATA_DIR), 'secrets.json'));
const settings = withEmbedded(wanted, embeddedParts(wanted), secrets);
for (const [name, value] of Object.entries(settings)) process.env[name] = String(value);

// Only now: clients read their addresses when they are made.
const { configuredProvider, routeOf } = await import('../lib/gpu/configured-provider.ts');
const { checkGpu } = await import('../lib/lora/check-gpu.ts');
const { baseModelIds } = await import('../lib/lora/rules/base-models.ts');
const { wordTrialFailure } = await import('../lib/lora/trial.ts');
const { trialByAsking } = await import('../lib/lora/trial-by-asking.ts');
const { trialByWorkers } = await import('../lib/lora/trial-by-workers.ts');

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Repeated signals are one: the terminal and npm both send Ctrl-C.
  process.on(signal, () => {
    if (!asked.includes('--train')) process.exit(1);
    if (!stop.signal.aborted) console.log('\n  Stopping: what was made is removed first …');
    stop.abort(new Error('It was stopped.'));
  });
}

/** The providers in use, with the base models that are trained at each. */
const inUse = Map.groupBy(baseModelIds, (model) => routeOf(model).provider);
let isInOrder = true;
for (const [id, baseModels] of inUse) {
  if (stop.signal.aborted) break;
  const provider = configuredProvider(id);
  const baseModel = baseModels[0] as BaseModelId;
  console.log(`${id}:`);
  const setting = {
    provider,
    endpoint: routeOf(baseModel).endpoint,
    baseModels,
    callbackUrl: settings.CALLBACK_URL,
    publicStoreUrl: settings.S3_PUBLIC_ENDPOINT,
    pricesAsOf: settings.GPU_PRICES_AS_OF,
  };
  const checks = await checkGpu(setting, new Date());
  for (const { isFine, say } of checks) console.log(`  ${isFine ? '✓' : '✗'} ${say}`);
  const isFine = checks.every((check) => check.isFine);
  isInOrder &&= isFine;
  if (!asked.includes('--train')) continue;
  if (isFine) await train(provider, baseModel);
  else console.log('  Not trained: put this in order first.');
}
console.log(isInOrder ? 'All in order.' : 'Something is to be put in order.');
process.exit(isInOrder ? 0 : 1);

/** The settings; what is wrong with them in words, because here they are made. */
function readSettings() {
  try {
    return readEnv(process.env);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

async function train(
  provider: Parameters<typeof trialByAsking>[0],
  baseModel: BaseModelId,
): Promise<void> {
  const { id, lacksLookup } = provider;
  const watch = {
    tell: (line: string) => console.log(`  … ${line}`),
    signal: stop.signal,
  };
  const reportsToUs = id === 'sandbox' || id === 'worker-host' || lacksLookup;
  try {
    const { seconds, costMicroUsd, files } = await (reportsToUs
      ? trialByWorkers(baseModel, watch)
      : trialByAsking(provider, baseModel, watch));
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const usd = (Number(costMicroUsd) / 1_000_000).toFixed(4);
    console.log(
      `  ✓ A training of ten steps (${baseModel}) took ${Math.round(seconds)} s, made ${bytes} bytes and cost ${usd} USD. Nothing is left of it.`,
    );
  } catch (error) {
    console.log(`  ✗ The training failed: ${wordTrialFailure(error)}`);
    isInOrder = false;
  }
}
