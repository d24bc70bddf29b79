import { describe, expect, it } from 'vitest';
import { outlineSchema } from './schema-outline.ts';

describe('outlineSchema', () => {
  it.each([
    [{ type: 'string' }, 'string'],
    [{ type: 'string', format: 'uuid' }, 'uuid'],
    [{ $ref: '#/components/schemas/Training' }, 'Training'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Image' } }, 'Image[]'],
    [{ type: 'array', items: { type: 'string', enum: ['a', 'b'] } }, '("a" | "b")[]'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 'integer | null'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: 'string', const: 'ready' }, '"ready"'],
    [{ type: 'object', properties: {} }, '{}'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, '{ [name]: string }'],
    [{ type: 'object', additionalProperties: {} }, '{ [name]: anything }'],
  ])('%j → %s', (schema, expected) => {
    expect(outlineSchema(schema)).toBe(expected);
  });

  it('puts each field on a line, deeper ones further in, and says what may be left out', () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        price: {
          type: 'object',
          properties: { credits: { type: 'integer', description: 'Whole credits' } },
          required: ['credits'],
        },
      },
      required: ['price'],
    };
    expect(outlineSchema(schema)).toBe(
      '{\n  name?: string\n  price: {\n    credits: integer  // Whole credits\n  }\n}',
    );
  });
});
