import { env, variables } from './env.ts';

const calledSecret = /SECRET|TOKEN|PASSWORD|_KEY$|_AUTH$/;
/** What is shorter may be a word that logs are full of, such as a password "likeness". */
const shortest = 12;
const removed = '[removed]';

/** The variables that hold a secret and nothing else. */
export function secretNames(): string[] {
  return Object.keys(variables.shape).filter((name) => calledSecret.test(name));
}

/** The secrets among settings, by their variable: whatever is called one, and an address's password. */
export function secretsOf(settings: Record<string, unknown>): [name: string, secret: string][] {
  return Object.keys(variables.shape).flatMap((name): [string, string][] => {
    const value = String(settings[name] ?? '');
    const password = URL.canParse(value) ? decoded(new URL(value).password) : '';
    const secret = password || (calledSecret.test(name) ? value : '');
    return secret.length >= shortest ? [[name, secret]] : [];
  });
}

const shared = globalThis as { likenessSecrets?: string[] };

/**
 * A text without any secret of this installation, nor `more`, nor what an `Authorization` header
 * carries: whoever is sent one may say it again, in the answer that tells why it was refused.
 */
export function withoutSecrets(text: string, more = ''): string {
  shared.likenessSecrets ??= [
    ...new Set(secretsOf(env()).flatMap(([, secret]) => writtenForms(secret))),
  ]
    // One may be the beginning of another.
    .sort((a, b) => b.length - a.length);
  const known = shared.likenessSecrets;
  return (more.length >= shortest ? [more, ...known] : known)
    .reduce((left, secret) => left.replaceAll(secret, removed), text)
    .replace(/\b(Bearer|Basic)(\s+)[\w.~+/=-]{16,}/gi, `$1$2${removed}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As it is, in an address, in JSON. */
function writtenForms(secret: string): string[] {
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}
