/**
 * A prompt that contains this makes the sandbox generator fail, by hand and in tests. Real
 * generators know nothing of it.
 */
export const failureRehearsal = 'rehearse a failure';

/** Whether the prompt asks the sandbox to fail. */
export function isRehearsedFailure(prompt: string): boolean {
  return prompt.toLowerCase().includes(failureRehearsal);
}
