import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maxUploadBytes } from './upload-limits.ts';
import { partBytes, planParts, singlePutBytes } from './upload-parts.ts';

it.each([
  [1, [1]],
  [partBytes, [partBytes]],
  [partBytes + 1, [partBytes, 1]],
  [maxUploadBytes, [partBytes, partBytes, partBytes, maxUploadBytes - 3 * partBytes]],
])('%i bytes', (bytes, sizes) => {
  expect(planParts(bytes).map((part) => part.bytes)).toEqual(sizes);
});

it('covers every file without a gap, each part but the last as large as a store demands', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: maxUploadBytes }), (bytes) => {
      let end = 0;
      for (const [index, part] of planParts(bytes).entries()) {
        expect(part.number).toBe(index + 1);
        expect(part.start).toBe(end);
        end += part.bytes;
        if (end < bytes) expect(part.bytes).toBe(5 * 1024 ** 2);
        expect(part.bytes).toBeGreaterThan(0);
      }
      expect(end).toBe(bytes);
    }),
  );
});

it('is not needed for most photographs', () => {
  expect(singlePutBytes).toBe(8_000_000);
});
