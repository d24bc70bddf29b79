import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { signIn, signInWithIdentity } from './sign-in.ts';
import { signUp } from './sign-up.ts';

const password = 'correct horse battery';
const newAddress = () => `test-${randomUUID()}`;
const newEmail = () => `${randomUUID()}@example.test`;

async function makeAccount() {
  const email = newEmail();
  const { userId } = await signUp({ name: 'Iris', email, password }, newAddress());
  return { email, userId };
}

describe('signIn', () => {
  it('finds the user with this address and password', async () => {
    const { email, userId } = await makeAccount();
    await expect(signIn({ email, password }, newAddress())).resolves.toEqual({ userId });
  });

  it.each(['correct horse batterY', 'correct horse battery ', '', 'x'.repeat(200)])(
    'refuses %j',
    async (wrong) => {
      const { email } = await makeAccount();
      await expect(signIn({ email, password: wrong }, newAddress())).rejects.toMatchObject({
        code: 'BAD_CREDENTIALS',
      });
    },
  );

  it('says the same of an unknown address, a wrong password and an account without one', async () => {
    const { email } = await makeAccount();
    const unlocked = newEmail();
    await signInWithIdentity({
      provider: 'github',
      providerAccountId: randomUUID(),
      email: unlocked,
      name: null,
    });
    const refusals = await Promise.all(
      [
        { email, password: 'a wrong password' },
        { email: newEmail(), password },
        { email: unlocked, password },
      ].map((input) => signIn(input, newAddress()).catch((error) => error)),
    );
    for (const { code, details, message } of refusals) {
      expect({ code, details, message }).toEqual({
        code: 'BAD_CREDENTIALS',
        details: {},
        message: 'BAD_CREDENTIALS',
      });
    }
  });

  it('checks a password for an unknown address too, that nobody can match', async () => {
    // The stand-in hash is of this text; it opens nothing.
    const input = { email: newEmail(), password: 'nobody’s password' };
    await expect(signIn(input, newAddress())).rejects.toMatchObject({ code: 'BAD_CREDENTIALS' });
  });

  it('lets one account be tried 10 times a minute, from wherever', async () => {
    const { email } = await makeAccount();
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await expect(
        signIn({ email, password: 'a wrong password' }, newAddress()),
      ).rejects.toMatchObject({ code: 'BAD_CREDENTIALS' });
    }
    const refusal = await signIn({ email, password }, newAddress()).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(refusal.details.retryAfterSeconds).toBeGreaterThan(0);
    expect(refusal.details.retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('counts the tries of an address nobody has in the same way', async () => {
    const email = newEmail();
    const codes: string[] = [];
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      await signIn({ email, password }, newAddress()).catch(({ code }) => codes.push(code));
    }
    expect(codes).toEqual([...Array(10).fill('BAD_CREDENTIALS'), 'TOO_MANY_REQUESTS']);
  });

  it('lets one network address try 30 times a minute, whoever it asks for', async () => {
    const address = newAddress();
    const { email, userId } = await makeAccount();
    const codes = await Promise.all(
      Array.from({ length: 30 }, () =>
        signIn({ email: newEmail(), password }, address).catch(({ code }) => code),
      ),
    );
    expect(new Set(codes)).toEqual(new Set(['BAD_CREDENTIALS']));
    await expect(signIn({ email, password }, address)).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
    });
    await expect(signIn({ email, password }, newAddress())).resolves.toEqual({ userId });
  });
});

describe('signInWithIdentity', () => {
  const identity = { provider: 'github', providerAccountId: randomUUID(), name: 'Iris' };
  const email = newEmail();
  let userId: string;

  beforeAll(async () => {
    ({ userId } = await signInWithIdentity({ ...identity, email: ` ${email.toUpperCase()} ` }));
  });

  it('makes the user at the first sign-in, with an account and no password', async () => {
    const user = await db().user.findUniqueOrThrow({
      where: { id: userId },
      include: { creditAccount: true },
    });
    expect(user).toMatchObject({ email, name: 'Iris', passwordHash: null });
    expect(user.creditAccount).not.toBeNull();
  });

  it('finds the same user afterwards, also when the address there has changed', async () => {
    await expect(signInWithIdentity({ ...identity, email })).resolves.toEqual({ userId });
    await expect(signInWithIdentity({ ...identity, email: newEmail() })).resolves.toEqual({
      userId,
    });
  });

  it('never takes over an address that is somebody’s', async () => {
    const account = await makeAccount();
    await expect(
      signInWithIdentity({
        provider: 'google',
        providerAccountId: randomUUID(),
        email: account.email,
        name: null,
      }),
    ).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
    expect(await db().identity.count({ where: { userId: account.userId } })).toBe(0);
  });

  it('keeps equal ids of two providers apart', async () => {
    const other = await signInWithIdentity({ ...identity, provider: 'google', email: newEmail() });
    expect(other.userId).not.toBe(userId);
  });
});
