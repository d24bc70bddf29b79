import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachment } from './content-disposition.ts';

describe('attachment', () => {
  it.each([
    [
      'mara.safetensors',
      `attachment; filename="mara.safetensors"; filename*=UTF-8''mara.safetensors`,
    ],
    ['Zoë (1).png', `attachment; filename="Zo_ (1).png"; filename*=UTF-8''Zo%C3%AB%20%281%29.png`],
    ['a"b%41.png', `attachment; filename="a_b_41.png"; filename*=UTF-8''a%22b%2541.png`],
    ['../a\\b\r\nX: y', `attachment; filename=".._a_b__X: y"; filename*=UTF-8''.._a_b__X%3A%20y`],
  ])('%j', (fileName, expected) => {
    expect(attachment(fileName)).toBe(expected);
  });

  it('is a safe header for any name', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (codeUnits) => {
        const fileName = String.fromCharCode(...codeUnits);
        const header = attachment(fileName);
        expect(header).toMatch(/^[\x20-\x7e]+$/);
        expect(header.match(/"/g)).toHaveLength(2);
      }),
    );
  });
});
