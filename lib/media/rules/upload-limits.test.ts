import { expect, it } from 'vitest';
import { uploadContentType } from './upload-limits.ts';

it.each([
  ['a.jpg', 'image/jpeg', 'image/jpeg'],
  ['a.jpg', 'IMAGE/JPG', 'image/jpeg'],
  ['a', 'image/webp', 'image/webp'],
  ['a.png', 'image/png; q=1', 'image/png'],
  ['IMG_1.HEIC', '', 'image/heic'],
  ['IMG_1.heif', 'application/octet-stream', 'image/heic'],
  ['a.heic', 'image/heif', 'image/heic'],
  ['a.jpeg', '', 'image/jpeg'],
  // What is said counts more than the name.
  ['a.jpg', 'image/svg+xml', null],
  ['a.jpg', 'image/gif', null],
  ['a.jpg', 'image/avif', null],
  ['a.svg', '', null],
  ['jpg', '', null],
  ['a.', '', null],
  ['', '', null],
  ['a.constructor', '', null],
  ['a', 'constructor', null],
])('%s of type "%s" is uploaded as %s', (fileName, contentType, expected) => {
  expect(uploadContentType({ fileName, contentType })).toBe(expected);
});
