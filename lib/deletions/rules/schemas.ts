import { z } from 'zod';

/** What is typed to confirm: the influencer's name, the account's e-mail address. */
const confirmation = z.string().max(400);

export const deleteCharacterSchema = z.strictObject({ characterId: z.uuid(), confirmation });
export const deleteAccountSchema = z.strictObject({ confirmation });
