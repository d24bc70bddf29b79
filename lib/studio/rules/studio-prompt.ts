/**
 * What a generator is asked for. With an adapter its trigger word stands for the person; without one
 * there are only the words of the look.
 */
export function studioPrompt(
  prompt: string,
  person: { look: string; triggerWord: string | null },
): string {
  const { look, triggerWord } = person;
  if (triggerWord) return prompt.includes(triggerWord) ? prompt : `${triggerWord}, ${prompt}`;
  const who = look.trim().replace(/[\s.,;]+$/, '');
  return `a person${who ? `, ${who}` : ''}, ${prompt}`;
}
