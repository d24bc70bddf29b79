/** What a face can do in a picture, for generators that draw instead of reading a prompt. */
export const expressions = [
  'smiling',
  'calm',
  'laughing',
  'talking',
  'determined',
  'amused',
  'doubtful',
  'thoughtful',
] as const;
export type Expression = (typeof expressions)[number];
