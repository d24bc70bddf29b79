import { creatorEndpoint, readJson } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { listImages } from '@/lib/characters/list-images.ts';
import { requestUpload } from '@/lib/characters/request-upload.ts';
import { requestUploadSchema } from '@/lib/characters/rules/schemas.ts';
import { creatorContext } from '@/lib/context.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';

export const GET = creatorEndpoint<{ id: string }>(async (user, { id }) => {
  const { characterId } = parseInput(characterIdSchema, { characterId: id });
  return { images: await listImages(user.id, characterId) };
});

/** Makes room for an image; the answer says where its bytes go. */
export const POST = creatorEndpoint<{ id: string }>(async (user, { id }, request) => {
  const input = parseInput(requestUploadSchema, {
    ...(await readJson(request)),
    characterId: id,
  });
  return Response.json(await requestUpload(creatorContext(user.id), input), {
    status: 201,
    headers: { 'cache-control': 'no-store' },
  });
});
