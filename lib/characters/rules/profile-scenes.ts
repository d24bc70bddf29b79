import { type Expression, expressions } from '../../generation/rules/expressions.ts';

/** The pictures a generated profile set is made of, one for each expression. */
const settings: Record<Expression, string> = {
  smiling: 'smiling at the camera, plain sand-coloured wall, soft daylight',
  calm: 'calm, eyes closed, pale green room, morning light',
  laughing: 'laughing out loud, warm amber light, close up',
  talking: 'in the middle of a sentence, lilac backdrop, looking to the side',
  determined: 'determined look, slate-grey backdrop, cool light',
  amused: 'amused, head tilted, rose backdrop, close up',
  doubtful: 'one eyebrow raised, stone-coloured wall, overcast light',
  thoughtful: 'thoughtful, looking down, pale blue backdrop',
};

export const profileScenes = expressions.map((expression) => ({
  expression,
  setting: settings[expression],
}));

/** The prompt of one scene: who, then what. */
export function profilePrompt(look: string, setting: string): string {
  const who = look.trim().replace(/[\s.,;]+$/, '');
  return `portrait of a person${who ? `, ${who}` : ''}, ${setting}`;
}
