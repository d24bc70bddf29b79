import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';

/**
 * Runs before every page: gives it a Content-Security-Policy with a fresh nonce. Next reads the
 * nonce from the request's copy of the header and puts it on its own scripts; the root layout
 * reads `x-nonce` for the theme script.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(16).toString('base64');
  const policy = contentSecurityPolicy({
    nonce,
    storeOrigin: originOf(process.env.S3_PUBLIC_ENDPOINT ?? process.env.S3_ENDPOINT),
    development: process.env.NODE_ENV === 'development',
  });

  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('Content-Security-Policy', policy);

  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  return response;
}

export const config = {
  // Pages only: files need no policy, and the API has its own (`next.config.mjs`).
  matcher: ['/((?!api/|_next/static/|_next/image|favicon.ico|icon.svg|robots.txt).*)'],
};

/**
 * React Aria adds one rule for touch from a script, without a nonce, its text before the element is in
 * the page. This is its SHA-256; `proxy.test.ts` compares it with the installed package.
 */
export const reactAriaStyleHash = 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o=';

interface PolicyInput {
  nonce: string;
  /** Where the browser reads pictures and uploads to; null when the store shares our origin. */
  storeOrigin: string | null;
  development: boolean;
}

/**
 * The policy of a page. Scripts need the nonce; style elements need it too. Style attributes are
 * allowed: they carry positions and sizes, and React writes them into server-rendered HTML.
 */
export function contentSecurityPolicy({ nonce, storeOrigin, development }: PolicyInput): string {
  const store = storeOrigin ? ` ${storeOrigin}` : '';
  const directives = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    // Hot reload adds style elements of its own.
    development
      ? "style-src 'self' 'unsafe-inline'"
      : `style-src 'self' 'nonce-${nonce}' '${reactAriaStyleHash}'`,
    "style-src-attr 'unsafe-inline'",
    `img-src 'self' data: blob:${store}`,
    `connect-src 'self'${store}${development ? ' ws:' : ''}`,
    "font-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return directives.join('; ');
}

function originOf(endpoint: string | undefined): string | null {
  if (!endpoint || !URL.canParse(endpoint)) return null;
  return new URL(endpoint).origin;
}
