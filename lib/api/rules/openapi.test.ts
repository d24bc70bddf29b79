import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { errorStatus } from '../../errors.ts';
import { operationList } from './catalogue.ts';
import { openApiDocument } from './openapi.ts';
import { allRefusals } from './operation.ts';

type Json = Record<string, unknown>;

// As it is sent: a value that JSON does not know would be gone.
const document = JSON.parse(JSON.stringify(openApiDocument('https://likeness.example'))) as {
  openapi: string;
  paths: Record<string, Record<string, Json>>;
  components: Record<string, Record<string, Json>>;
  tags: { name: string }[];
  security: Record<string, string[]>[];
};
const { schemas = {}, securitySchemes = {} } = document.components;

function validator() {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'https://likeness.example/shapes', $defs: resolved(schemas) });
  return ajv;
}

/** References as the validator finds them. */
function resolved(schema: unknown) {
  const to = '"https://likeness.example/shapes#/$defs/';
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', to));
}

function* objectsIn(value: unknown): Generator<Json> {
  if (Array.isArray(value)) {
    for (const item of value) yield* objectsIn(item);
  } else if (value && typeof value === 'object') {
    yield value as Json;
    for (const item of Object.values(value)) yield* objectsIn(item);
  }
}

describe('the OpenAPI document', () => {
  it('is of version 3.1 and names every operation once', () => {
    expect(document.openapi).toBe('3.1.1');
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.sort()).toEqual(operationList.map(({ id }) => id).sort());
  });

  it('has only methods, tags and security schemes that exist', () => {
    const tags = document.tags.map(({ name }) => name);
    for (const path of Object.values(document.paths)) {
      for (const [method, operation] of Object.entries(path)) {
        expect(['get', 'post', 'put', 'patch', 'delete']).toContain(method);
        for (const tag of operation.tags as string[]) expect(tags).toContain(tag);
      }
    }
    const schemes = document.security.flatMap((one) => Object.keys(one));
    expect(schemes.sort()).toEqual(Object.keys(securitySchemes).sort());
  });

  it('refers to nothing that is not there', () => {
    const references = [...objectsIn(document)].flatMap(({ $ref }) => ($ref ? [String($ref)] : []));
    expect(references.length).toBeGreaterThan(50);
    for (const reference of new Set(references)) {
      const [, , room = '', name = ''] = reference.split('/');
      expect(document.components[room]?.[name], reference).toBeDefined();
    }
  });

  it('keeps no shape that nothing refers to', () => {
    const text = JSON.stringify(document);
    for (const name of Object.keys(schemas)) {
      expect(text).toContain(`"#/components/schemas/${name}"`);
    }
  });

  it('has schemas that a strict validator compiles, every one', () => {
    const ajv = validator();
    for (const [name, schema] of Object.entries(schemas)) {
      expect(() => ajv.compile(resolved(schema)), name).not.toThrow();
    }
    for (const { schema } of objectsIn(document.paths)) {
      if (schema) expect(() => ajv.compile(resolved(schema))).not.toThrow();
    }
  });

  it('closes every object it describes, so that an unknown field shows', () => {
    for (const [name, schema] of Object.entries(schemas)) {
      for (const part of objectsIn(schema)) {
        if (part.type !== 'object' || !part.properties) continue;
        // How the closed code of a problem and a training's recipe are described.
        if (Object.keys(part.properties).length === 0) continue;
        expect(part.additionalProperties, name).toBe(false);
      }
    }
  });

  it.each(operationList.map((operation) => [operation.id, operation] as const))(
    '%s declares its parameters, its answer and each status it can be refused with',
    (_, operation) => {
      const described = document.paths[operation.path]?.[operation.method.toLowerCase()] as {
        parameters?: { name?: string; in?: string; required?: boolean; $ref?: string }[];
        requestBody?: Json;
        responses: Record<string, { content?: Record<string, Json> }>;
      };
      const parameters = described.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`).sort()).toEqual(
        [...operation.path.matchAll(/\{\w+\}/g)].map(([name]) => name).sort(),
      );
      expect(inPath.every(({ required }) => required)).toBe(true);
      expect(parameters.some(({ $ref }) => $ref?.endsWith('/idempotencyKey'))).toBe(
        ['POST', 'DELETE'].includes(operation.method),
      );
      expect(described.requestBody !== undefined).toBe(operation.body !== undefined);
      expect(Object.keys(described.responses).sort()).toEqual(
        [
          ...new Set([
            operation.answer.status,
            ...allRefusals(operation).map((code) => errorStatus[code]),
          ]),
        ]
          .map(String)
          .sort(),
      );
    },
  );

  it('takes a problem of ours and refuses one with a code of another status', () => {
    const train = document.paths['/api/influencer/{id}/lora/train']?.post as {
      responses: Record<string, { content: Record<string, { schema: Json }> }>;
    };
    const { schema } = train.responses[402]?.content['application/problem+json'] ?? {};
    const validate = validator().compile(resolved(schema));
    const problem = {
      type: 'https://likeness.example/developers#error-NOT_ENOUGH_CREDITS',
      title: 'Not enough credits',
      status: 402,
      detail: 'You need 4,000 more.',
      code: 'NOT_ENOUGH_CREDITS',
      wayOut: 'Buy credits',
      details: { missing: 4_000 },
    };
    expect(validate(problem)).toBe(true);
    expect(validate({ ...problem, code: 'TRAINING_OPEN' })).toBe(false);
    expect(validate({ ...problem, note: 'more' })).toBe(false);
  });
});
