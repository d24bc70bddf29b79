import { describe, expect, it } from 'vitest';
import type { LoraFileRole } from '../gpu/provider.ts';
import {
  attemptPrefix,
  characterPrefix,
  imageDisplayKey,
  imageOriginalKey,
  imageThumbnailKey,
  incomingImageKey,
  isIncomingSampleKey,
  loraFileKey,
  sampleDisplayKey,
  sampleKey,
  sampleThumbnailKey,
} from './keys.ts';

const one = '0b5f3c1e-8a52-4f7e-9d6b-2f1f0a3c4d5e';
const other = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const hash = 'ab'.repeat(32);

describe('object keys', () => {
  it.each([
    [incomingImageKey(one, other), `incoming/${one}/${other}`],
    [imageOriginalKey(one, other), `characters/${one}/images/${other}/original`],
    [imageThumbnailKey(one, other), `characters/${one}/images/${other}/thumbnail.webp`],
    [imageDisplayKey(one, other), `characters/${one}/images/${other}/display.webp`],
    [loraFileKey(one, 'main', hash), `attempts/${one}/main-${hash}.safetensors`],
    [loraFileKey(one, 'low_noise', hash), `attempts/${one}/low_noise-${hash}.safetensors`],
    [sampleKey(one, 250, 3), `attempts/${one}/samples/250-3`],
    [sampleDisplayKey(one, 250, 3), `attempts/${one}/samples/250-3-display.webp`],
    [sampleThumbnailKey(one, 250, 3), `attempts/${one}/samples/250-3-thumbnail.webp`],
  ])('%s', (key, expected) => {
    expect(key).toBe(expected);
  });

  it('keeps everything of a character or an attempt under its prefix', () => {
    expect(imageOriginalKey(one, other).startsWith(characterPrefix(one))).toBe(true);
    expect(imageDisplayKey(one, other).startsWith(characterPrefix(one))).toBe(true);
    expect(loraFileKey(one, 'main', hash).startsWith(attemptPrefix(one))).toBe(true);
    expect(sampleKey(one, 0, 0).startsWith(attemptPrefix(one))).toBe(true);
  });

  it.each([
    '',
    'mara',
    '../../etc/passwd',
    '%2e%2e%2f',
    `${one.slice(0, -1)}\0`,
    `${one}${'0'.repeat(1_000)}`,
    `${one}/..`,
    `${one}\n`,
    one.toUpperCase(),
    one.replaceAll('-', ''),
  ])('refuses %j as an id', (id) => {
    expect(() => imageOriginalKey(id, one)).toThrow(RangeError);
    expect(() => imageThumbnailKey(one, id)).toThrow(RangeError);
    expect(() => incomingImageKey(id, one)).toThrow(RangeError);
    expect(() => characterPrefix(id)).toThrow(RangeError);
    expect(() => attemptPrefix(id)).toThrow(RangeError);
  });

  it('knows what a worker may write as a sample from what we made of it', () => {
    expect(isIncomingSampleKey(sampleKey(one, 250, 3))).toBe(true);
    expect(isIncomingSampleKey(sampleDisplayKey(one, 250, 3))).toBe(false);
    expect(isIncomingSampleKey(sampleThumbnailKey(one, 250, 3))).toBe(false);
    expect(isIncomingSampleKey(loraFileKey(one, 'main', hash))).toBe(false);
  });

  it('refuses another role, hash or count', () => {
    expect(() => loraFileKey(one, '../main' as LoraFileRole, hash)).toThrow(RangeError);
    expect(() => loraFileKey(one, 'main', `${hash}0`)).toThrow(RangeError);
    expect(() => sampleKey(one, -1, 0)).toThrow(RangeError);
    expect(() => sampleKey(one, 0, 1.5)).toThrow(RangeError);
    expect(() => sampleKey(one, Number.NaN, 0)).toThrow(RangeError);
  });
});
