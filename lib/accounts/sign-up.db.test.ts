import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { auditLedger } from '../credits/audit-ledger.ts';
import { getBalance } from '../credits/balance.ts';
import { listCreditLines } from '../credits/list-lines.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { signUpSchema } from './schemas.ts';
import { sandboxWelcomeCredits, signUp } from './sign-up.ts';

const gpuProvider = env().GPU_PROVIDER;
afterEach(() => {
  Object.assign(env(), { GPU_PROVIDER: gpuProvider });
});

const newAddress = () => `test-${randomUUID()}`;
const newEmail = () => `${randomUUID()}@example.test`;
const input = (email: string) => ({ name: 'Iris', email, password: 'correct horse battery' });

describe('signUp', () => {
  it('makes a user with an account and the credits a sandbox starts with', async () => {
    const email = newEmail();
    const { userId } = await signUp(input(email), newAddress());

    const user = await db().user.findUniqueOrThrow({ where: { id: userId } });
    expect(user).toMatchObject({ email, name: 'Iris', role: 'creator' });
    await expect(getBalance(userId)).resolves.toEqual({
      totalCredits: sandboxWelcomeCredits,
      reservedCredits: 0,
      availableCredits: sandboxWelcomeCredits,
    });
    await expect(auditLedger()).resolves.toEqual([]);
  });

  it('keeps an Argon2id hash and never the password', async () => {
    const email = newEmail();
    await signUp(input(email), newAddress());
    const user = await db().user.findUniqueOrThrow({ where: { email } });
    expect(user.passwordHash).toMatch(/^\$argon2id\$/);
    expect(JSON.stringify(user)).not.toContain('correct horse');
  });

  it('gives nothing where a real GPU is plugged in', async () => {
    Object.assign(env(), { GPU_PROVIDER: 'worker-host' });
    const { userId } = await signUp(input(newEmail()), newAddress());
    await expect(getBalance(userId)).resolves.toMatchObject({ totalCredits: 0 });
    await expect(listCreditLines(userId)).resolves.toMatchObject({ lines: [] });
  });

  it('has no name where none was given', async () => {
    const { userId } = await signUp({ ...input(newEmail()), name: '' }, newAddress());
    const user = await db().user.findUniqueOrThrow({ where: { id: userId } });
    expect(user.name).toBeNull();
  });

  it('refuses an address that is in use and leaves its account alone', async () => {
    const email = newEmail();
    const { userId } = await signUp(input(email), newAddress());
    const before = await db().user.findUniqueOrThrow({ where: { id: userId } });

    await expect(
      signUp({ ...input(email), password: 'somebody else’s' }, newAddress()),
    ).rejects.toMatchObject({ code: 'EMAIL_TAKEN', details: {} });
    expect(await db().user.findUniqueOrThrow({ where: { id: userId } })).toEqual(before);
    expect(await db().user.count({ where: { email } })).toBe(1);
  });

  it('makes one of five that come at once', async () => {
    const email = newEmail();
    const address = newAddress();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => signUp(input(email), address)),
    );
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refusals.map(({ reason }) => reason.code)).toEqual(Array(4).fill('EMAIL_TAKEN'));
    expect(await db().user.count({ where: { email } })).toBe(1);
    expect(await db().creditAccount.count({ where: { user: { email } } })).toBe(1);
  });

  it('lets one network address try 20 times an hour, refused tries included', async () => {
    const address = newAddress();
    const email = newEmail();
    await signUp(input(email), address);
    for (let attempt = 2; attempt <= 20; attempt += 1) {
      await expect(signUp(input(email), address)).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
    }
    const fresh = newEmail();
    const refusal = await signUp(input(fresh), address).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(refusal.details.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(refusal.details.retryAfterSeconds).toBeLessThanOrEqual(3_600);
    expect(await db().user.count({ where: { email: fresh } })).toBe(0);

    await expect(signUp(input(fresh), newAddress())).resolves.toHaveProperty('userId');
  });
});

describe('signUpSchema', () => {
  it('compares addresses in lower case and without the blanks around them', () => {
    const parsed = signUpSchema.parse({ email: '  Iris@Example.TEST ', password: 'correct horse' });
    expect(parsed).toEqual({ name: '', email: 'iris@example.test', password: 'correct horse' });
  });

  it.each([
    ['a short password', { email: 'iris@example.test', password: 'only nine' }],
    ['a very long password', { email: 'iris@example.test', password: 'x'.repeat(201) }],
    ['no address', { email: 'iris', password: 'correct horse' }],
    [
      'a very long name',
      { email: 'i@example.test', password: 'correct horse', name: 'x'.repeat(201) },
    ],
    ['a role', { email: 'iris@example.test', password: 'correct horse', role: 'operator' }],
  ])('does not take %s', (_, given) => {
    expect(signUpSchema.safeParse(given).success).toBe(false);
  });
});
