import { z } from 'zod';
import { requestHash } from '../request-hash.ts';

/** What a training was started with, frozen: later edits of images or captions change nothing. */
const manifestSchema = z.array(
  z.strictObject({
    imageId: z.uuid(),
    key: z.string(),
    sha256: z.string(),
    caption: z.string(),
  }),
);
export type ImageManifest = z.infer<typeof manifestSchema>;

/** Reads a stored manifest; throws when the row does not hold one. */
export function readManifest(stored: unknown): ImageManifest {
  return manifestSchema.parse(stored);
}

/** Two trainings with this hash were taught from the same pictures and captions. */
export function manifestSha256(manifest: ImageManifest): string {
  return requestHash(manifest.map(({ sha256, caption }) => ({ sha256, caption })));
}
