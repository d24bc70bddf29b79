import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  likeImageSchema,
  requestUploadSchema,
  saveCaptionSchema,
  saveCharacterSchema,
} from './schemas.ts';

const id = randomUUID();

describe('a file name', () => {
  const parse = (fileName: string) =>
    requestUploadSchema.parse({ characterId: id, fileName, bytes: 1, contentType: '' }).fileName;

  it.each([
    ['IMG_1.jpg', 'IMG_1.jpg'],
    ['  Ünïcode 写真.jpg ', 'Ünïcode 写真.jpg'],
    // Control and direction marks are dropped: they could hide the real ending.
    ['a\u202egpj.exe\0', 'agpj.exe'],
    ['\u0000\n', 'Untitled'],
    ['', 'Untitled'],
  ])('%j becomes %j', (given, kept) => {
    expect(parse(given)).toBe(kept);
  });

  it('is cut in front of its ending', () => {
    const name = parse(`${'x'.repeat(400)}.jpeg`);
    expect(name).toHaveLength(255);
    expect(name.endsWith('….jpeg')).toBe(true);
    expect(parse('y'.repeat(400))).toHaveLength(255);
  });
});

it.each([
  [requestUploadSchema, { characterId: id, fileName: 'a', bytes: 0, contentType: '' }],
  [requestUploadSchema, { characterId: id, fileName: 'a', bytes: 1.5, contentType: '' }],
  [requestUploadSchema, { characterId: 'x', fileName: 'a', bytes: 1, contentType: '' }],
  [requestUploadSchema, { characterId: id, fileName: 'a', bytes: 1, contentType: '', more: 1 }],
  [likeImageSchema, { imageId: id, liked: 'yes' }],
  [likeImageSchema, { imageId: id, liked: true, userId: id }],
  [saveCaptionSchema, { imageId: id, caption: 'x'.repeat(2_001) }],
  [saveCaptionSchema, { imageId: id, caption: 'a\0b' }],
  [saveCharacterSchema, { characterId: id, name: ' ', look: '' }],
  [saveCharacterSchema, { characterId: id, name: 'Mara' }],
])('refuses malformed input %#', (schema, input) => {
  expect(schema.safeParse(input).success).toBe(false);
});
