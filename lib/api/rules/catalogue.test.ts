import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operationList, operations } from './catalogue.ts';

const root = join(import.meta.dirname, '../../../app/api');

/** Doors of another kind: sign-in, callbacks, health, the document itself, and what is nowhere. */
const others = /^(auth|webhooks|health|openapi\.json|\[\.\.\.unknown\])(\/|$)/;

const methods = 'GET, POST, PUT, PATCH, DELETE';

interface Route {
  /** As OpenAPI writes it. */
  path: string;
  source: string;
}

const routes: Route[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('route.ts'))
  .map((file) => file.replaceAll('\\', '/').replace(/\/route\.ts$/, ''))
  .filter((folder) => !others.test(folder))
  .map((folder) => ({
    path: `/api/${folder.replace(/\[(\w+)\]/g, '{$1}')}`,
    source: readFileSync(join(root, folder, 'route.ts'), 'utf8'),
  }));

/** What a file answers: `GET: creatorEndpoint(operations.listImages, …` → GET listImages. */
function doorsOf({ source }: Route): { method: string; id: string }[] {
  const pattern =
    /^\s+(GET|POST|PUT|PATCH|DELETE): (?:\w+\(\s*)?creatorEndpoint\(\s*operations\.(\w+),/gm;
  return [...source.matchAll(pattern)].map(([, method = '', id = '']) => ({ method, id }));
}

describe('the catalogue and the routes', () => {
  it.each(routes.map((route) => [route.path, route] as const))(
    '%s opens doors of the catalogue and nothing else',
    (path, route) => {
      const exported = [...route.source.matchAll(/^export .*/gm)].map(([line]) => line);
      expect(exported).toEqual([`export const { ${methods} } = routeHandlers({`]);
      const doors = doorsOf(route);
      // Every method that is named is a door that was read.
      expect(doors).toHaveLength([...route.source.matchAll(/creatorEndpoint\(/g)].length);
      for (const { method, id } of doors) {
        const operation = operations[id as keyof typeof operations];
        expect({ method, path, id }).toEqual({
          method: operation?.method,
          path: operation?.path,
          id: operation?.id,
        });
      }
    },
  );

  it('has a door for every operation', () => {
    const open = routes.flatMap(doorsOf).map(({ id }) => id);
    expect(open.sort()).toEqual(Object.keys(operations).sort());
  });

  it('has every endpoint of the specification', () => {
    const known = operationList.map(({ method, path }) => `${method} ${path}`);
    for (const endpoint of [
      'POST /api/influencer/{id}/lora/train',
      'GET /api/influencer/{id}/lora/status',
      'PATCH /api/influencer/{id}/settings',
      'GET /api/influencer/{id}/lora/available-images',
      'GET /api/influencer/{id}/lora/new-images-available',
      'POST /api/characters/train-lora',
      'GET /api/characters/lora-status/{jobId}',
      'GET /api/characters/lora-training-cost',
      'GET /api/characters/my-loras',
      'GET /api/characters/{characterId}/lora',
    ]) {
      expect(known).toContain(endpoint);
    }
  });
});

describe('every operation', () => {
  it.each(operationList.map((operation) => [operation.id, operation] as const))(
    '%s names the parameters of its path and gives an example that fits',
    (_, { path, params, query, body, method, example, summary }) => {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const shape = params && 'shape' in params ? Object.keys(params.shape as object) : [];
      expect(shape.sort()).toEqual(named.sort());
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      if (method === 'GET' || method === 'DELETE') expect(body).toBeUndefined();
      if (body) expect(body.safeParse(example?.body).error).toBeUndefined();
      if (example?.query) expect(query?.safeParse(example.query).error).toBeUndefined();
    },
  );

  it('is told apart from the others by its summary', () => {
    expect(new Set(operationList.map(({ summary }) => summary)).size).toBe(operationList.length);
  });

  it('refuses a field nobody knows', () => {
    for (const { id, params, query, body } of operationList) {
      for (const schema of [params, query, body]) {
        const issues = schema?.safeParse({ nobodyKnows: true }).error?.issues ?? [];
        if (schema)
          expect(
            issues.map(({ code }) => code),
            id,
          ).toContain('unrecognized_keys');
      }
    }
  });
});
