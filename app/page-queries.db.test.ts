import { randomUUID } from 'node:crypto';
import type { ReactNode } from 'react';
import { beforeAll, describe, expect, it } from 'vitest';
import { grant } from '../lib/credits/ledger.ts';
import { db, inTransaction } from '../lib/db.ts';
import { notify } from '../lib/notifications/notify.ts';
import { changeSettings } from '../lib/testing/change-settings.ts';
import { countQueries } from '../lib/testing/count-queries.ts';
import { makeCharacter, makePastTraining, makeUser } from '../lib/testing/factories.ts';
import { asRequest, signedIn } from './_doors/as-request';

type Search = Record<string, string>;
type AnyPage = (address: {
  params: Promise<{ id: string }>;
  searchParams: Promise<Search>;
}) => Promise<ReactNode>;

const pages: { name: string; load: () => Promise<{ default: unknown }>; search?: Search }[] = [
  { name: 'influencers', load: () => import('./(creator)/influencer/page') },
  { name: 'settings', load: () => import('./(creator)/influencer/[id]/settings/page') },
  { name: 'studio', load: () => import('./(creator)/influencer/[id]/studio/page') },
  {
    name: 'wizard, images',
    load: () => import('./(creator)/influencer/[id]/wizard/page'),
    search: { step: 'images' },
  },
  {
    name: 'wizard, done',
    load: () => import('./(creator)/influencer/[id]/wizard/page'),
    search: { step: 'done' },
  },
  { name: 'credits', load: () => import('./(creator)/credits/page') },
  {
    // The newest ones come with what stands around every page.
    name: 'older notifications',
    load: () => import('./(creator)/notifications/page'),
    search: { before: '01999999-9999-7999-8999-999999999999' },
  },
  { name: 'operator', load: () => import('./(creator)/operator/page') },
  { name: 'what stands around every page', load: () => import('./(creator)/layout') },
];
/** More than any page needs today; one query a picture would pass it at once. */
const mostQueries = 16;

interface Stage {
  headers: Headers;
  characterId: string;
}
let little: Stage;
let much: Stage;

beforeAll(async () => {
  changeSettings({ AUTH_SECRET: randomUUID() });
  little = await makeStage({ characters: 1, images: 5, trainings: 1, lines: 1 });
  much = await makeStage({ characters: 12, images: 80, trainings: 25, lines: 40 });
}, 60_000);

describe.each(pages)('the page $name', ({ load, search = {} }) => {
  it('asks the database as often for much as for little', async () => {
    const { default: page } = await load();
    const ask = ({ headers, characterId }: Stage) =>
      countQueries(() =>
        asRequest(headers, () =>
          (page as AnyPage)({
            params: Promise.resolve({ id: characterId }),
            searchParams: Promise.resolve(search),
          }),
        ),
      );
    // The first look of a process also opens connections.
    await ask(little);
    const forLittle = await ask(little);
    expect(forLittle).toBeGreaterThan(0);
    expect(forLittle).toBeLessThanOrEqual(mostQueries);
    expect(await ask(much)).toBe(forLittle);
  });
});

async function makeStage(size: {
  characters: number;
  images: number;
  trainings: number;
  lines: number;
}): Promise<Stage> {
  const user = await makeUser({ credits: 1_000 });
  await db().user.update({ where: { id: user.id }, data: { role: 'operator' } });
  let characterId = '';
  for (let count = 0; count < size.characters; count += 1) {
    const character = await makeCharacter(user, {
      readyImages: size.images,
      liked: size.images,
      profileSetComplete: true,
    });
    characterId = character.id;
    for (let number = 0; number < size.trainings; number += 1) {
      const training = await makePastTraining({ userId: user.id, characterId });
      await inTransaction((tx) =>
        notify(tx, {
          userId: user.id,
          subjectId: training.id,
          type: 'lora.training.completed',
          facts: { characterId, characterName: 'Mara', sandbox: true, chargedCredits: 0 },
        }),
      );
    }
  }
  for (let line = 0; line < size.lines; line += 1) {
    const idempotencyKey = `test-grant:${user.id}:${line}`;
    await inTransaction((tx) => grant(tx, user.id, 1, { idempotencyKey, memo: 'Test credits' }));
  }
  return { headers: new Headers(await signedIn(user.id)), characterId };
}
