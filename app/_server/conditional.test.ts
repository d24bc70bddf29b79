import { expect, it } from 'vitest';
import { conditional } from './conditional.ts';

const ask = (answer: () => Response, ifNoneMatch?: string) =>
  conditional(async () => answer())(
    new Request('http://localhost/', {
      headers: ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch },
    }),
    {},
  );
const json = (value: object) => () =>
  Response.json(value, { headers: { 'cache-control': 'no-store' } });

it('gives an answer its tag, and the same answer the same one', async () => {
  const first = await ask(json({ a: 1 }));
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[\w-]{27}"$/);
  expect(await first.json()).toEqual({ a: 1 });
  expect(first.headers.get('content-type')).toBe('application/json');
  expect((await ask(json({ a: 1 }))).headers.get('etag')).toBe(etag);
  expect((await ask(json({ a: 2 }))).headers.get('etag')).not.toBe(etag);
});

it('answers 304 without a body to whoever has it', async () => {
  const etag = (await ask(json({ a: 1 }))).headers.get('etag') ?? '';
  for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await ask(json({ a: 1 }), header);
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect(again.headers.get('etag')).toBe(etag);
    expect(again.headers.get('cache-control')).toBe('no-store');
  }
  expect((await ask(json({ a: 2 }), etag)).status).toBe(200);
});

it('leaves a refusal as it is', async () => {
  const refused = await ask(() => Response.json({ code: 'SIGNED_OUT' }, { status: 401 }), '*');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('etag')).toBeNull();
});
