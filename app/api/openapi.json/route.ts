import { openApiDocument } from '@/lib/api/rules/openapi.ts';
import { env } from '@/lib/env.ts';

let document: string | undefined;

/** What a program can ask of this installation, as OpenAPI 3.1. Open to everybody. */
export function GET(): Response {
  document ??= JSON.stringify(openApiDocument(env().APP_URL));
  return new Response(document, {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    },
  });
}
