import { expect, it } from 'vitest';
import { secretsOf, withoutSecrets } from './secrets.ts';

it('knows what is called a secret, and the password in an address', () => {
  const settings = {
    STRIPE_SECRET_KEY: 'sk_test_canary',
    RUNPOD_API_KEY: 'rpa_a_canary',
    AI_TOOLKIT_AUTH: 'toolkit-canary',
    DATABASE_URL: 'postgresql://likeness:password%2Fcanary@127.0.0.1:5432/likeness',
    S3_ENDPOINT: 'https://store.example.test',
    AUTH_SECRET: 'looks:like-an-address',
    WORKER_HOST_TOKEN: 'likeness',
    LOG_LEVEL: 'information',
    GPU_TOKEN_OF_SOMEBODY_ELSE: 'not one of our variables',
  };
  expect(Object.fromEntries(secretsOf(settings))).toEqual({
    STRIPE_SECRET_KEY: 'sk_test_canary',
    RUNPOD_API_KEY: 'rpa_a_canary',
    AI_TOOLKIT_AUTH: 'toolkit-canary',
    DATABASE_URL: 'password/canary',
    AUTH_SECRET: 'looks:like-an-address',
  });
});

it('leaves nothing of what a header carries, and every other word', () => {
  const basic = Buffer.from('an-id:a-secret-of-somebody').toString('base64');
  const said = `No: "Basic ${basic}", bearer tok.en_of-a-pod-123456, and canary-of-a-pod. Basic information.`;
  expect(withoutSecrets(said, 'canary-of-a-pod')).toBe(
    'No: "Basic [removed]", bearer [removed], and [removed]. Basic information.',
  );
});
