import { expect, it } from 'vitest';
import { changeSettings } from '../testing/change-settings.ts';
import { makeCharacter, makePastTraining, makeUser } from '../testing/factories.ts';
import { estimateFor } from './get-estimate.ts';
import { historyNeeded } from './rules/estimate.ts';

changeSettings({
  GPU_PROVIDER: 'worker-host',
  WORKER_HOST_URL: 'http://127.0.0.1:1',
  WORKER_HOST_TOKEN: 'a',
  AUTH_SECRET: 'a master secret of at least 32 characters',
});

it('is made from real trainings of creators, not from the sandbox’s or the operator’s trials', async () => {
  const user = await makeUser();
  const { id: characterId } = await makeCharacter(user);
  const who = { userId: user.id, characterId };
  for (let made = 0; made < historyNeeded; made += 1) {
    await makePastTraining(who, { minutes: 40 });
    await makePastTraining(who, { minutes: 1, isTrial: true });
    await makePastTraining(who, { minutes: 1, provider: 'sandbox' });
  }
  expect(await estimateFor('z-image-turbo')).toEqual({ fromSeconds: 2_400, toSeconds: 2_400 });
});
