import { z } from 'zod';

/** Every grant of credits that nobody paid for carries a key that begins so. */
export const sandboxGrantPrefix = 'sandbox:';

/** What can be added at once where no real GPU is plugged in. Whole credits. */
export const sandboxAmounts = [10_000, 25_000, 50_000] as const;
export type SandboxAmount = (typeof sandboxAmounts)[number];

/** Sandbox credits never bring a balance, its reserved part included, above this. */
export const sandboxBalanceLimitCredits = 1_000_000;

export const addSandboxCreditsSchema = z.strictObject({
  amountCredits: z.literal(sandboxAmounts),
  /** Made when the form opens, kept until it succeeds: the same id adds once. */
  requestId: z.uuid(),
});
export type AddSandboxCredits = z.infer<typeof addSandboxCreditsSchema>;
