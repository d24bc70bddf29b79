/** Who does something. A webhook and the clock are actors too. */
export type Actor = { kind: 'creator'; userId: string } | { kind: 'system'; name: SystemName };

/** `operator` is whoever runs a command at the machine. */
type SystemName = 'worker' | 'sweep' | 'seed' | 'operator';

/** What every verb is handed besides its input. */
export interface Context {
  actor: Actor;
  /**
   * The instant of this command, UTC. Tests fix it; elsewhere it is the database's (`databaseNow`)
   * wherever something is written.
   */
  now: Date;
}

export interface CreatorContext extends Context {
  actor: { kind: 'creator'; userId: string };
}

export function creatorContext(userId: string, now = new Date()): CreatorContext {
  return { actor: { kind: 'creator', userId }, now };
}

export function systemContext(name: SystemName, now = new Date()): Context {
  return { actor: { kind: 'system', name }, now };
}

/** How an actor is written into histories. */
export function actorName(actor: Actor): string {
  return actor.kind === 'creator' ? 'creator' : actor.name;
}
