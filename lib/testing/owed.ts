import { beforeEach, expect, vi } from 'vitest';
import { auditLedger } from '../credits/audit-ledger.ts';
import { db } from '../db.ts';
import { failureSentence } from '../failure-messages.ts';
import { log } from '../log.ts';
import type { FailureReason } from '../lora/rules/lifecycle.ts';
import { adviceByReason } from '../lora/rules/operator-advice.ts';
import { type makeStage, trainingOf } from './training-stage.ts';

interface Said {
  what: string;
  advice?: string;
  reason?: string;
  saidIn?: string;
  error?: Error;
  lastError?: string | null;
}

/** What the log warns of, a line each, heard anew in each test of the file. */
export function listenToLog(): Said[] {
  const heard: Said[] = [];
  beforeEach(() => {
    heard.length = 0;
    for (const level of ['warn', 'error'] as const) {
      vi.spyOn(log(), level).mockImplementation(((facts: object, what: string) => {
        heard.push({ ...facts, what });
      }) as never);
    }
  });
  return heard;
}

/**
 * What a failed training owes: to the creator one of our reasons and nothing of what was `said` at the
 * provider, to their purse all of it, to the operator why, what to do, and what was said there: in the
 * log, or, of a job's own words, in the row that the log points to.
 * That nothing bills on is for the caller to see.
 */
export async function expectOwed(
  { stage, loraModelId }: { stage: Awaited<ReturnType<typeof makeStage>>; loraModelId: string },
  heard: readonly Said[],
  reason: FailureReason,
  { said, advice = adviceByReason[reason] }: { said: RegExp; advice?: string },
): Promise<void> {
  expect(await trainingOf(loraModelId)).toMatchObject({ status: 'failed', failureReason: reason });
  const { body } = await db().notification.findFirstOrThrow({
    where: { subjectId: loraModelId, type: 'lora.training.failed' },
  });
  expect(body).toContain(failureSentence[reason]);
  expect(body).not.toMatch(said);

  expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
  expect(await auditLedger()).toEqual([]);

  const [end] = heard.filter(({ what }) => what === 'a training has failed');
  const saidIn = 'lora_models.error_message';
  expect(end).toMatchObject({ reason, saidIn, advice: adviceByReason[reason] });
  const advised = heard.filter((line) => line.advice === advice);
  expect(advised).not.toEqual([]);
  const { errorMessage } = await trainingOf(loraModelId);
  const words = advised.map((line) => line.error?.message ?? line.lastError ?? '');
  expect([...words, errorMessage].filter(Boolean).join('\n')).toMatch(said);
}
