import type { LoraFileRole } from '../gpu/provider.ts';

/**
 * Every object key there is. They are built from our own ids only, each checked by its pattern, so
 * nothing a person typed ever becomes part of a key. A value of another shape throws RangeError:
 * it is a mistake in the program, not of a person.
 */

const patterns = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  sha256: /^[0-9a-f]{64}$/,
  role: /^(?:main|high_noise|low_noise)$/,
  count: /^(?:0|[1-9]\d{0,8})$/,
};

function part(pattern: keyof typeof patterns, value: string | number): string {
  const text = String(value);
  if (!patterns[pattern].test(text)) throw new RangeError(`Not a ${pattern} for an object key`);
  return text;
}

/** Everything that was uploaded and is not checked yet. */
export const incomingPrefix = 'incoming/';

/** What one user uploaded and is not checked yet. */
export function incomingOwnerPrefix(userId: string): string {
  return `${incomingPrefix}${part('uuid', userId)}/`;
}

/** Where a browser uploads an image, before it is checked. */
export function incomingImageKey(userId: string, imageId: string): string {
  return `${incomingOwnerPrefix(userId)}${part('uuid', imageId)}`;
}

/** Everything that belongs to one character. */
export function characterPrefix(characterId: string): string {
  return `characters/${part('uuid', characterId)}/`;
}

/** The image in full size, metadata stripped, in its own format. */
export function imageOriginalKey(characterId: string, imageId: string): string {
  return `${imagePrefix(characterId, imageId)}original`;
}

/** The small square for lists and pickers. */
export function imageThumbnailKey(characterId: string, imageId: string): string {
  return `${imagePrefix(characterId, imageId)}thumbnail.webp`;
}

/** The image to look at, at most 2,048 px on its longer side. */
export function imageDisplayKey(characterId: string, imageId: string): string {
  return `${imagePrefix(characterId, imageId)}display.webp`;
}

/** Everything that one training attempt made. */
export function attemptPrefix(attemptId: string): string {
  return `attempts/${part('uuid', attemptId)}/`;
}

/** An adapter file; its hash is in the name, so another file can never take its place. */
export function loraFileKey(attemptId: string, role: LoraFileRole, sha256: string): string {
  return `${attemptPrefix(attemptId)}${part('role', role)}-${part('sha256', sha256)}.safetensors`;
}

/** Every sample image of an attempt, checked or not. */
export function samplesPrefix(attemptId: string): string {
  return `${attemptPrefix(attemptId)}samples/`;
}

/** Where a worker puts a sample image it made at `step`, before it is checked. */
export function sampleKey(attemptId: string, step: number, index: number): string {
  return `${samplesPrefix(attemptId)}${part('count', step)}-${part('count', index)}`;
}

/** Whether `key` is a place that a worker may write a sample to. */
export function isIncomingSampleKey(key: string): boolean {
  return /^attempts\/[0-9a-f-]{36}\/samples\/\d+-\d+$/.test(key);
}

/** The checked sample, to look at. */
export function sampleDisplayKey(attemptId: string, step: number, index: number): string {
  return `${sampleKey(attemptId, step, index)}-display.webp`;
}

/** The checked sample, small. */
export function sampleThumbnailKey(attemptId: string, step: number, index: number): string {
  return `${sampleKey(attemptId, step, index)}-thumbnail.webp`;
}

function imagePrefix(characterId: string, imageId: string): string {
  return `${characterPrefix(characterId)}images/${part('uuid', imageId)}/`;
}
