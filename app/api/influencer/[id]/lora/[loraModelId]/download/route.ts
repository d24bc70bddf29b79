import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { linkLoraFile } from '@/lib/lora/link-lora-file.ts';
import { characterIdSchema, trainingIdSchema } from '@/lib/lora/rules/schemas.ts';

export const GET = creatorEndpoint<{ id: string; loraModelId: string }>(
  async (user, params, request) => {
    const role = new URL(request.url).searchParams.get('role') ?? 'main';
    const { characterId } = parseInput(characterIdSchema, { characterId: params.id });
    const { loraModelId } = parseInput(trainingIdSchema, { loraModelId: params.loraModelId });
    const location = await linkLoraFile(user.id, { characterId, loraModelId, role });
    return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
  },
);
