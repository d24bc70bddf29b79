import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { inTransaction } from '../db.ts';
import { DomainError } from '../errors.ts';
import { type Observation, type Progress, ProviderError } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { withoutSecrets } from '../secrets.ts';
import { applyObservation, type Outcome } from './apply-observation.ts';
import { askProvider, ProviderAway } from './ask-provider.ts';
import {
  type Claim,
  claimAttempt,
  commitClaim,
  underClaim,
  withRenewedLease,
} from './claim-attempt.ts';
import { readReport } from './job-claim.ts';
import { keepSamples } from './keep-samples.ts';
import { patienceWith } from './patience.ts';
import { reasonByWorkerCode } from './rules/failure-reasons.ts';
import { type FailureReason, hasEnded } from './rules/lifecycle.ts';
import { adviceByKind } from './rules/operator-advice.ts';
import { backoffMs, latest, maxAttempts } from './rules/patience.ts';
import { ArtifactError, storeArtifacts } from './store-artifact.ts';
import { waitAfter } from './wait-after.ts';

/**
 * Asks the provider how an attempt is doing and applies the answer. Called by the bell a callback
 * rings and by the sweep; what a callback said is not believed, but handed to a provider that knows
 * no more than its workers report. Safe to call at any time, again, and by two workers at once.
 */
export async function observeAttempt(ctx: Context, input: { attemptId: string }): Promise<void> {
  const claim = await claimAttempt(input.attemptId, 'submitted', ctx.now);
  if (claim) await observeClaimed(ctx, claim);
}

/** The same for an attempt that is claimed already. */
export function observeClaimed(ctx: Context, claim: Claim): Promise<void> {
  return underClaim(ctx, claim, async () => {
    crashPoint('observe.after-claim');
    const outcome = await decide(ctx, claim);
    if (outcome) await applyObservation(ctx, claim, outcome);
  });
}

async function decide(ctx: Context, claim: Claim): Promise<Outcome | null> {
  const { attempt, training } = claim;
  if (hasEnded(training.status)) return { kind: 'abandoned' };

  const reported = await readReport(attempt);
  let observation: Observation;
  try {
    observation = await askProvider(
      attempt.provider,
      ctx.now,
      (provider) => provider.observe(attempt.externalJobId ?? '', reported),
      attempt.endpoint,
    );
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return onUnreachable(ctx, claim, error);
  }

  crashPoint('observe.after-answer');
  if ('samples' in observation && !training.cancelRequestedAt) {
    // After the last look there is no other to take in what was left.
    const most = observation.state === 'running' ? undefined : observation.samples.length;
    await keepSamples(ctx, claim, observation.samples, most);
  }

  // A finished result wins over a cancellation and over the deadline: it is there and paid for.
  if (observation.state === 'succeeded') return keepResult(ctx, claim, observation);
  if (training.cancelRequestedAt) return { kind: 'cancelled' };
  if (observation.state === 'failed') return failed(claim, observation);
  if (ctx.now > training.deadlineAt) return lost('DEADLINE_PASSED', 'past its deadline');

  switch (observation.state) {
    case 'cancelled':
      return resubmitOr(claim, 'GPU_INTERRUPTED', 'the provider cancelled the job');
    case 'not_found':
      // A list may lag behind a submit: absence counts only after a while, and never as success.
      return secondsSince(ctx, attempt.submittedAt) < 30
        ? { kind: 'waiting' }
        : resubmitOr(claim, 'GPU_LOST', 'the provider does not know the job any more');
    case 'queued':
      return heardSince(ctx, claim, attempt.submittedAt) >
        patienceWith(attempt.provider).queueSeconds
        ? lost('GPU_UNAVAILABLE', 'the job stayed in the provider’s queue')
        : { kind: 'waiting' };
    case 'running': {
      const { progress } = observation;
      const moved = progress.step > training.step || progress.phase !== training.phase;
      const silentSeconds = heardSince(ctx, claim, training.lastHeardAt);
      const { startSeconds, silenceSeconds } = patienceWith(attempt.provider);
      if (!moved && silentSeconds > (progress.step === 0 ? startSeconds : silenceSeconds)) {
        return lost('GPU_LOST', `no progress for ${Math.round(silentSeconds)} s`);
      }
      return { kind: 'running', progress };
    }
  }
}

/** Stores the files first: only what was read back and checked makes a training ready. */
async function keepResult(
  ctx: Context,
  claim: Claim,
  observation: Extract<Observation, { state: 'succeeded' }>,
): Promise<Outcome | null> {
  try {
    const files = await withRenewedLease(claim, () =>
      storeArtifacts(claim.attempt.id, claim.training.baseModel, observation.artifacts),
    );
    crashPoint('store.after-check');
    return { kind: 'ready', files, progress: observation.progress };
  } catch (error) {
    if (error instanceof ArtifactError) {
      log().warn({ attemptId: claim.attempt.id, error }, 'a result was refused');
      return resubmitOr(claim, 'RESULT_BROKEN', error.message);
    }
    if (error instanceof DomainError || error instanceof ProviderError) {
      return claim.attempt.tries >= 10
        ? lost('RESULT_NOT_STORED', error.message)
        : lookAgain(ctx, claim, error.message);
    }
    throw error;
  }
}

function failed(claim: Claim, seen: Extract<Observation, { state: 'failed' }>): Outcome {
  const reason = reasonByWorkerCode[seen.code];
  // A trainer may quote what it was given to fetch a model with.
  const message = `${seen.code}: ${withoutSecrets(seen.message)}`.slice(0, 500);
  return seen.retryable
    ? resubmitOr(claim, reason, message, seen.progress)
    : { kind: 'failed', reason, message, progress: seen.progress };
}

/** Another run at our own cost while tries are left, else the end. */
function resubmitOr(
  { attempt }: Claim,
  reason: FailureReason,
  message: string,
  progress?: Progress,
): Outcome {
  return attempt.number < maxAttempts
    ? { kind: 'resubmit', reason, message, progress }
    : { kind: 'failed', reason, message, progress };
}

function lost(reason: FailureReason, message: string): Outcome {
  return { kind: 'failed', reason, message };
}

/**
 * An outage is not a failure: look again later, up to the deadline. A cancellation does not wait, and
 * nobody waits for one GPU as long as for a whole provider.
 */
async function onUnreachable(
  ctx: Context,
  claim: Claim,
  error: ProviderError,
): Promise<Outcome | null> {
  const { attempt, training } = claim;
  if (!(error instanceof ProviderAway)) {
    log()[error.kind === 'config' ? 'error' : 'warn'](
      { attemptId: attempt.id, kind: error.kind, error, advice: adviceByKind[error.kind] },
      'the GPU provider did not answer',
    );
  }
  if (training.cancelRequestedAt) return { kind: 'cancelled' };
  if (ctx.now > training.deadlineAt) return lost('DEADLINE_PASSED', error.message);
  // The provider is there and this one GPU says nothing: it costs, and may never speak again.
  const silentSeconds = heardSince(ctx, claim, training.lastHeardAt);
  if (error.kind === 'busy' && silentSeconds > patienceWith(attempt.provider).startSeconds) {
    return lost('GPU_LOST', error.message);
  }
  await inTransaction((tx) => commitClaim(tx, claim, waitAfter(ctx, attempt, error)));
  return null;
}

async function lookAgain(ctx: Context, claim: Claim, message: string): Promise<null> {
  const waitMs = backoffMs(claim.attempt.tries, Math.random());
  await inTransaction((tx) =>
    commitClaim(tx, claim, {
      tries: { increment: 1 },
      lastError: message.slice(0, 500),
      nextCheckAt: new Date(ctx.now.getTime() + waitMs),
    }),
  );
  return null;
}

/** Seconds since `instant` in which the provider could have told us something. */
function heardSince(ctx: Context, { attempt }: Claim, instant: Date | null): number {
  return instant ? secondsSince(ctx, latest(instant, attempt.awayUntil)) : 0;
}

function secondsSince(ctx: Context, instant: Date | null): number {
  return instant ? (ctx.now.getTime() - instant.getTime()) / 1_000 : 0;
}
