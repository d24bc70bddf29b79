import { expect, it } from 'vitest';
import { studioPrompt } from './studio-prompt.ts';

const look = ' Freckles, copper hair. ';

it.each([
  ['on a pier', { look, triggerWord: 'ohwx_mara' }, 'ohwx_mara, on a pier'],
  ['ohwx_mara on a pier', { look, triggerWord: 'ohwx_mara' }, 'ohwx_mara on a pier'],
  ['on a pier', { look, triggerWord: null }, 'a person, Freckles, copper hair, on a pier'],
  ['on a pier', { look: '  ', triggerWord: null }, 'a person, on a pier'],
])('asks for %j of %j with %j', (prompt, person, asked) => {
  expect(studioPrompt(prompt, person)).toBe(asked);
});
