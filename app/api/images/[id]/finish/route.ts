import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { parseInput } from '@/app/_server/parse-input';
import { finishUpload } from '@/lib/characters/finish-upload.ts';
import { creatorContext } from '@/lib/context.ts';
import { imageIdSchema } from '@/lib/lora/rules/schemas.ts';

/** The bytes have arrived: what became of them. A picture that was refused is an answer too. */
export const POST = creatorEndpoint<{ id: string }>(async (user, { id }) =>
  finishUpload(creatorContext(user.id), parseInput(imageIdSchema, { imageId: id })),
);
