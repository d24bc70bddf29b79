interface Limit {
  /** So many tries … */
  points: number;
  /** … in so many seconds. */
  duration: number;
  /** Whoever goes on beyond waits twice as long each time, up to this many seconds. */
  growsTo?: number;
}

const minute = 60;
const hour = 3_600;

/** How often somebody may try what; counted in the database, across all processes. */
export const limits = {
  // By account from wherever, and by network address whoever is asked for: an office shares one.
  signInAccount: { points: 10, duration: minute, growsTo: 15 * minute },
  signInAddress: { points: 30, duration: minute, growsTo: 15 * minute },
  signUpAddress: { points: 20, duration: hour },
  changePassword: { points: 10, duration: minute, growsTo: 15 * minute },
  createToken: { points: 20, duration: hour },
  startTraining: { points: 10, duration: minute },
  // An influencer holds 1,000 images: all of one can be sent in an hour, and a set of another too.
  uploads: { points: 1_200, duration: hour },
  exports: { points: 20, duration: minute },
  generateImages: { points: 40, duration: minute },
  buyCredits: { points: 30, duration: 10 * minute },
  checkPurchase: { points: 60, duration: minute },
  // Of one user, whatever the number of tokens.
  apiToken: { points: 600, duration: minute },
  // By network address. Good tokens from there are heard all the same.
  badToken: { points: 60, duration: minute },
  // Changes with a session's cookie; a browser that reads is not counted.
  sessionChange: { points: 1_200, duration: minute },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;

/** How long the door stays shut when somebody went too far for the nth time in a day, in seconds. */
export function waitAfter({ duration, growsTo = duration }: Limit, times: number): number {
  return Math.min(duration * 2 ** Math.max(0, times - 1), growsTo);
}
