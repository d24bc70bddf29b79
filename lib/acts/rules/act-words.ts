/**
 * The closed list of acts that are written down, each with the words its own creator reads; null:
 * nothing they did or have to know. A new kind needs no migration.
 */
export const actWords = {
  'sign-in.made': 'Signed in',
  'sign-in.failed': 'A sign-in with a wrong password',
  'sign-in.ended': 'Signed out',
  'sessions.ended': 'Signed out elsewhere',
  'password.changed': 'Password changed',
  'account.made': 'Account made',
  'token.made': 'API token made',
  'token.revoked': 'API token revoked',
  'token.refused': null,
  'consent.given': 'Said who an influencer is',
  'consent.withdrawn': 'Took back who an influencer is',
  'image.removed': null,
  'influencer.deleted': 'Influencer deleted',
  'account.deleted': null,
  'limit.hit': 'Too many tries in a short time',
  'origin.refused': 'A request from another site was refused',
  'operator.refused': null,
  'record.not-found': null,
  'role.given': 'Became an operator',
  'role.taken': 'No longer an operator',
  'trainings.paused': 'Paused new trainings for everybody',
  'trainings.resumed': 'Let trainings go on for everybody',
} as const satisfies Record<string, string | null>;

export type ActKind = keyof typeof actWords;

/** Those that tell of somebody who was not let in: what an operator looks through. */
export const refusedActs = [
  'sign-in.failed',
  'token.refused',
  'limit.hit',
  'origin.refused',
  'operator.refused',
  'record.not-found',
] as const satisfies ActKind[];

/** Those a creator sees of their own. */
export const shownActs = Object.entries(actWords).flatMap(([kind, words]) => (words ? [kind] : []));
