import { creatorEndpoint, readJson } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { creatorContext } from '@/lib/context.ts';
import { savePreferencesSchema } from '@/lib/lora/rules/schemas.ts';
import { savePreferences } from '@/lib/lora/save-preferences.ts';

export const PATCH = creatorEndpoint<{ id: string }>(async (user, { id }, request) => {
  const input = parseInput(savePreferencesSchema, {
    ...(await readJson(request)),
    characterId: id,
  });
  await savePreferences(creatorContext(user.id), input);
  const { characterId: _, ...saved } = input;
  return saved;
});
