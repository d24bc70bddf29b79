import { expect, it } from 'vitest';
import { profilePrompt, profileScenes } from './profile-scenes.ts';

it('has eight different scenes', () => {
  expect(new Set(profileScenes.map(({ setting }) => setting)).size).toBe(8);
});

it.each([
  ['', 'portrait of a person, smiling'],
  ['  ', 'portrait of a person, smiling'],
  ['Freckles, copper hair. ', 'portrait of a person, Freckles, copper hair, smiling'],
])('puts the look %j in front', (look, prompt) => {
  expect(profilePrompt(look, 'smiling')).toBe(prompt);
});

it('fits where prompts are kept, also with the longest look', () => {
  for (const { setting } of profileScenes) {
    expect(profilePrompt('x'.repeat(1_000), setting).length).toBeLessThanOrEqual(2_000);
  }
});
