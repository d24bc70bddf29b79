import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { NextRequest } from 'next/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { contentSecurityPolicy, proxy, reactAriaStyleHash } from './proxy.ts';

const production = { nonce: 'abc', storeOrigin: 'https://store.example', development: false };

/** The policy as a map from directive to its sources. */
function directivesOf(policy: string): Map<string, string[]> {
  return new Map(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources];
    }),
  );
}

describe('the content security policy', () => {
  it('lets scripts run by nonce only', () => {
    expect(directivesOf(contentSecurityPolicy(production)).get('script-src')).toEqual([
      "'self'",
      "'nonce-abc'",
      "'strict-dynamic'",
    ]);
  });

  it('allows no inline style element without nonce or hash', () => {
    const sources = directivesOf(contentSecurityPolicy(production)).get('style-src');
    expect(sources).toContain("'nonce-abc'");
    expect(sources).not.toContain("'unsafe-inline'");
  });

  it('reads pictures from the store and uploads to it, and nothing else may', () => {
    const directives = directivesOf(contentSecurityPolicy(production));
    const naming = [...directives]
      .filter(([, sources]) => sources.includes('https://store.example'))
      .map(([name]) => name);
    expect(naming).toEqual(['img-src', 'connect-src']);
  });

  it.each([
    ['object-src', "'none'"],
    ['base-uri', "'none'"],
    ['frame-ancestors', "'none'"],
    ['form-action', "'self'"],
    ['default-src', "'self'"],
  ])('%s is %s', (directive, source) => {
    expect(directivesOf(contentSecurityPolicy(production)).get(directive)).toEqual([source]);
  });

  it('relaxes scripts and styles in development alone', () => {
    const policy = contentSecurityPolicy({ ...production, development: true });
    expect(policy).toContain("'unsafe-eval'");
    expect(contentSecurityPolicy(production)).not.toContain("'unsafe-eval'");
  });

  it('names the one rule of the installed React Aria', () => {
    const source = readFileSync(
      'node_modules/react-aria/dist/private/interactions/usePress.mjs',
      'utf8',
    );
    const attribute = source.match(/PRESSABLE_ATTRIBUTE = '([^']+)'/)?.[1] ?? '';
    const rule = source.match(/style\.textContent = `([^`]+)`\.trim\(\)/)?.[1] ?? '';
    const text = rule.replace(/\$\{[^}]+\}/, attribute).trim();
    expect(text).toContain('touch-action');
    const hash = createHash('sha256').update(text).digest('base64');
    expect(reactAriaStyleHash).toBe(`sha256-${hash}`);
  });
});

describe('proxy', () => {
  afterEach(() => vi.unstubAllEnvs());

  const policyOf = () =>
    proxy(new NextRequest('http://localhost:3000/credits')).headers.get(
      'content-security-policy',
    ) ?? '';

  it('makes a new nonce for each request', () => {
    const nonces = Array.from({ length: 50 }, () => policyOf().match(/'nonce-([^']+)'/)?.[1]);
    expect(new Set(nonces).size).toBe(50);
    expect(nonces).not.toContain(undefined);
  });

  it('takes the origin of the public endpoint, else of the endpoint, else none', () => {
    vi.stubEnv('S3_ENDPOINT', 'http://127.0.0.1:9000/path');
    expect(directivesOf(policyOf()).get('img-src')).toContain('http://127.0.0.1:9000');
    vi.stubEnv('S3_PUBLIC_ENDPOINT', 'https://pictures.example');
    expect(directivesOf(policyOf()).get('img-src')).toEqual([
      "'self'",
      'data:',
      'blob:',
      'https://pictures.example',
    ]);
    vi.stubEnv('S3_PUBLIC_ENDPOINT', undefined);
    vi.stubEnv('S3_ENDPOINT', undefined);
    expect(directivesOf(policyOf()).get('img-src')).toEqual(["'self'", 'data:', 'blob:']);
  });
});
