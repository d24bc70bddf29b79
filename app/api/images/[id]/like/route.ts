import { creatorEndpoint, readJson } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { likeImage } from '@/lib/characters/like-image.ts';
import { likeImageSchema } from '@/lib/characters/rules/schemas.ts';
import { creatorContext } from '@/lib/context.ts';

export const POST = creatorEndpoint<{ id: string }>(async (user, { id }, request) =>
  likeImage(
    creatorContext(user.id),
    parseInput(likeImageSchema, { ...(await readJson(request)), imageId: id }),
  ),
);
