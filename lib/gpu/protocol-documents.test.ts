import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { protocolDocuments, protocolSchemas } from './protocol-documents.ts';

const directory = path.join(import.meta.dirname, '../../docs/protocol');
const documents = protocolDocuments();

const schemaNames = Object.keys(protocolSchemas) as (keyof typeof protocolSchemas)[];

const vectorsSchema = z.object({
  documents: z.array(
    z.object({
      schema: z.enum(schemaNames),
      name: z.string(),
      valid: z.boolean(),
      document: z.unknown(),
    }),
  ),
});

describe('docs/protocol', () => {
  it('has the files the schemas make, and no other', () => {
    expect(readdirSync(directory).sort()).toEqual([...documents.keys()].sort());
  });

  it.each([...documents.keys()])('%s is what the schemas make; else: npm run protocol', (name) => {
    expect(readFileSync(path.join(directory, name), 'utf8')).toBe(documents.get(name));
  });

  const vectors = vectorsSchema.parse(JSON.parse(documents.get('vectors.json') ?? '{}')).documents;

  it.each(vectors)('$schema "$name": valid is $valid', ({ schema, valid, document }) => {
    expect(protocolSchemas[schema].schema.safeParse(document).success).toBe(valid);
    // Read back from the published schema, as a worker in another language would.
    const published = JSON.parse(documents.get(`${schema}.schema.json`) ?? '{}');
    expect(z.fromJSONSchema(published).safeParse(document).success).toBe(valid);
  });
});
