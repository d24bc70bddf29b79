import sharp from 'sharp';
import { expect, it } from 'vitest';
import { expressions } from './rules/expressions.ts';
import { sandboxGenerator } from './sandbox-generator.ts';
import { sandboxMark } from './sandbox-mark.ts';

const draw = (seed: string, index: number) =>
  sandboxGenerator.generate({ look: '', seed, index, prompt: `picture ${index}` });

it('draws one person in eight different pictures, the same each time', async () => {
  const set = await Promise.all(expressions.map((_, index) => draw('mara', index)));
  expect(new Set(set.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).size).toBe(8);
  expect(new Set(set.map(({ caption }) => caption)).size).toBe(8);
  const [first] = set;
  expect(await sharp(first?.bytes).metadata()).toMatchObject({
    format: 'png',
    width: 1_024,
    height: 1_280,
    hasAlpha: false,
  });
  expect(first).toMatchObject({ contentType: 'image/png', prompt: 'picture 0' });
  expect(await draw('mara', 0)).toEqual(first);
  expect((await draw('nora', 0)).bytes).not.toEqual(first?.bytes);
});

it('takes the expression it is asked for', async () => {
  const asked = await sandboxGenerator.generate({
    look: '',
    seed: 'mara',
    index: 0,
    prompt: 'thinking',
    expression: 'thoughtful',
  });
  expect(asked.caption).toContain('thoughtful');
  expect(asked.prompt).toBe('thinking');
});

it('marks every picture as an illustration', async () => {
  // The mark's outlines need no font; where it stands there is white on dark.
  const { bytes } = await draw('mara', 0);
  const corner = sharp(bytes).extract({ left: 710, top: 1_216, width: 294, height: 44 });
  const { channels } = await sharp(await corner.png().toBuffer()).stats();
  for (const channel of channels) {
    expect(channel.max).toBeGreaterThan(240);
    expect(channel.mean).toBeLessThan(140);
  }
  expect(sandboxMark.path).toMatch(/^M[\d.HLMQVZ -]+$/);
});
