import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { savePreferences } from '@/lib/lora/save-preferences.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  PATCH: creatorEndpoint(operations.saveSettings, async (ctx, { params, body }) => {
    await savePreferences(ctx, { ...body, characterId: params.id });
    return body;
  }),
});
