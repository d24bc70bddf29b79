import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { imageLink } from '@/lib/characters/image-link.ts';
import { imageIdSchema } from '@/lib/lora/rules/schemas.ts';

/**
 * The owner's way to a picture: on to a short-lived link at the store. The answer may be kept for
 * less time than the link lives, so that a sheet of pictures does not ask anew at every turn.
 */
export const GET = creatorEndpoint<{ id: string }>(async (user, { id }, request) => {
  const { imageId } = parseInput(imageIdSchema, { imageId: id });
  const size = new URL(request.url).searchParams.get('size') === 'full' ? 'full' : 'thumb';
  const { url } = await imageLink(user.id, imageId, size);
  return new Response(null, {
    status: 302,
    headers: { location: url, 'cache-control': 'private, max-age=240' },
  });
});
