import { z } from 'zod';

/**
 * What a creator can ask the history for: what was added, what is reserved now, and how reservations
 * ended. A reservation and its ending are one entry, so it is found by how it stands now.
 */
export const entryKinds = ['grant', 'reserve', 'capture', 'release'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Instead of a character's id: those that are gone. */
export const deletedCharacters = 'deleted';

export interface LedgerFilter {
  kind?: EntryKind;
  /** An id, or `deletedCharacters`. */
  character?: string;
}

const kindSchema = z.enum(entryKinds);
const characterSchema = z.union([z.uuid(), z.literal(deletedCharacters)]);

/** A filter from an address. What makes no sense there is left out, never an error. */
export function readLedgerFilter(parameters: {
  kind?: string | null;
  character?: string | null;
}): LedgerFilter {
  return {
    kind: kindSchema.safeParse(parameters.kind).data,
    character: characterSchema.safeParse(parameters.character).data,
  };
}

/** Whether it leaves anything out. */
export function isFiltering(filter: LedgerFilter): boolean {
  return filter.kind !== undefined || filter.character !== undefined;
}
