/** Every grant of credits that nobody paid for carries a key that begins so. */
export const sandboxGrantPrefix = 'sandbox:';

/** Test purchases never bring a balance, its reserved part included, above this. */
export const sandboxBalanceLimitCredits = 1_000_000;
