import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureSentence } from '../../failure-messages.ts';
import type { FailureReason } from '../../lora/rules/lifecycle.ts';
import { type NoticeFacts, type NotificationType, wordNotice } from './wording.ts';

const characterId = '0198a000-0000-7000-8000-000000000001';
const settings = `/influencer/${characterId}/settings`;
const studio = `/influencer/${characterId}/studio`;
const expiresAt = new Date('2026-09-08T23:30:00Z');

type Facts<T extends NotificationType> = Omit<NoticeFacts[T], 'characterId' | 'characterName'>;

function worded<T extends NotificationType>(type: T, facts: Facts<T>, characterName = 'Mara') {
  const notice = wordNotice(type, { characterId, characterName, ...facts } as NoticeFacts[T]);
  return { ...notice, body: notice.body.replaceAll('\u00a0', ' ') };
}

describe('wordNotice', () => {
  it('starts with the estimated time, and what is reserved', () => {
    const times = { fromSeconds: 1_500, toSeconds: 3_600 };
    expect(worded('lora.training.started', { ...times, reservedCredits: 22_000 })).toEqual({
      title: 'Training started',
      body: 'Training Mara usually takes 25 to 60 minutes. 22,000 credits are reserved. We’ll notify you.',
      href: settings,
    });
    expect(worded('lora.training.started', { ...times, reservedCredits: 0 }).body).toBe(
      'Training Mara usually takes 25 to 60 minutes. We’ll notify you.',
    );
  });

  it('completes with the way to the studio, and the mark of the sandbox', () => {
    expect(worded('lora.training.completed', { sandbox: false, chargedCredits: 22_000 })).toEqual({
      title: 'Mara is ready',
      body: 'Generate images with >95% consistency. 22,000 credits were charged.',
      href: studio,
    });
    expect(worded('lora.training.completed', { sandbox: true, chargedCredits: 0 }).body).toBe(
      'The rehearsal is done. Sandbox GPU: this adapter is empty.',
    );
  });

  it.each([
    [
      true,
      27_000,
      'The GPU ran out of memory. 27,000 credits are back. Retry for free in settings.',
    ],
    [true, 0, 'The GPU ran out of memory. Retry for free in settings.'],
    [
      false,
      27_000,
      'The GPU ran out of memory. 27,000 credits are back. See settings for what to do.',
    ],
  ])('fails with the reason; free retry %s, %i back', (freeRetry, releasedCredits, body) => {
    const facts = { reason: 'GPU_OUT_OF_MEMORY' as const, freeRetry, releasedCredits };
    expect(worded('lora.training.failed', facts)).toEqual({
      title: 'Mara’s training failed',
      body,
      href: settings,
    });
  });

  it('suggests a retraining with the count', () => {
    expect(worded('lora.retrain.available', { count: 3 })).toEqual({
      title: 'Improve your model',
      body: 'You have 3 new liked images of Mara. Retrain for better results.',
      href: settings,
    });
    expect(worded('lora.retrain.available', { count: 1 }).body).toMatch(
      /^You have 1 new liked image of/,
    );
  });

  it('tells how far it is, why nothing started, and when a model goes', () => {
    expect(worded('lora.training.progress', { percent: 50 }).title).toBe(
      'Mara’s training is at 50\u00a0%',
    );
    expect(worded('lora.training.not-started', { why: 'price' })).toEqual({
      title: 'Mara’s training has not started',
      body: 'The profile set is complete. The price changed since you agreed to it. Nothing was reserved.',
      href: settings,
    });
    expect(worded('lora.model.expiring', { expiresAt }).body).toContain('before 8 September 2026');
    expect(worded('lora.model.expiring-soon', { expiresAt }).body).toContain('on 8 September 2026');
    expect(worded('lora.model.expired', {}).href).toBe(settings);
  });

  it('keeps a name from the right apart, and marks that turn text away', () => {
    const facts = { sandbox: false, chargedCredits: 0 };
    expect(worded('lora.training.completed', facts, 'مارا').title).toBe(
      '\u2068مارا\u2069 is ready',
    );
    expect(worded('lora.training.completed', facts, 'Ma\u202era').title).toBe('Mara is ready');
    expect(worded('lora.training.completed', facts, '🦊👩‍🎤').title).toBe('🦊👩‍🎤 is ready');
  });
});

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => [...text].length <= 60);
const credits = fc.integer({ min: 0, max: 75_000 });
const seconds = fc.integer({ min: 0, max: 21_600 });
const anyNotice: fc.Arbitrary<() => ReturnType<typeof wordNotice>> = fc.oneof(
  fc.tuple(name, seconds, seconds, credits).map(
    ([of, fromSeconds, toSeconds, reservedCredits]) =>
      () =>
        worded('lora.training.started', { fromSeconds, toSeconds, reservedCredits }, of),
  ),
  fc.tuple(name, fc.boolean(), credits).map(
    ([of, sandbox, chargedCredits]) =>
      () =>
        worded('lora.training.completed', { sandbox, chargedCredits }, of),
  ),
  fc
    .tuple(
      name,
      fc.constantFrom(...(Object.keys(failureSentence) as FailureReason[])),
      credits,
      fc.boolean(),
    )
    .map(
      ([of, reason, releasedCredits, freeRetry]) =>
        () =>
          worded('lora.training.failed', { reason, releasedCredits, freeRetry }, of),
    ),
  fc.tuple(name, fc.constantFrom('price', 'credits', 'images', 'consent')).map(
    ([of, why]) =>
      () =>
        worded('lora.training.not-started', { why }, of),
  ),
  fc.tuple(name, fc.integer({ min: 1, max: 5_000 })).map(
    ([of, count]) =>
      () =>
        worded('lora.retrain.available', { count }, of),
  ),
  fc.tuple(name, fc.integer({ min: 0, max: 100 })).map(
    ([of, percent]) =>
      () =>
        worded('lora.training.progress', { percent }, of),
  ),
  name.map((of) => () => worded('lora.model.expiring', { expiresAt }, of)),
  name.map((of) => () => worded('lora.model.expiring-soon', { expiresAt }, of)),
  name.map((of) => () => worded('lora.model.expired', {}, of)),
);

it('never says more than the centre has room for, whatever the name', () => {
  fc.assert(
    fc.property(anyNotice, (word) => {
      const { title, body, href } = word();
      expect([...body].length).toBeLessThanOrEqual(120);
      // What the table takes.
      expect([...title].length).toBeLessThanOrEqual(200);
      expect(`${title} ${body}`).not.toMatch(/undefined|NaN|null|!$/);
      expect([settings, studio]).toContain(href);
    }),
  );
});
