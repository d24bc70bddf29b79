import { withoutSecrets } from '../secrets.ts';
import { ProviderError } from './provider.ts';

const maxRetryAfterMs = 10 * 60_000;

/** Where a provider is asked, with what, and how long its answer may take and be. */
export interface Access {
  /** The provider's id, for messages. */
  id: string;
  url: string;
  token: string;
  timeoutMs: number;
  maxBytes: number;
}

/**
 * One request, whatever its answer is; one that is no yes, which becomes a message, without our
 * secrets, should it say them again. Throws `retry` where there is none, or one that is too long.
 */
export async function ask(
  { id, url, token, timeoutMs, maxBytes }: Access,
  method: string,
  path: string,
  body?: BodyInit,
  type?: string,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      body,
      // The token goes to the configured address and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readText(response, maxBytes);
    return { response, text: response.ok ? text : withoutSecrets(text, token) };
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError('retry', `${id} did not answer ${method} ${path}.`, null, { cause });
  }
}

/** The whole answer as text. Throws `retry` when it is longer than anything sound would be. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw new ProviderError('retry', `The answer has more than ${maxBytes} bytes.`);
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

/** Seconds or a date, as HTTP allows; null when there is none. */
export function retryAfterMs(response: Response): number | null {
  const value = response.headers.get('retry-after');
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), maxRetryAfterMs);
}

/**
 * What an answer that is no yes means for the job: asked again later, the operator's to mend (no
 * money, a wrong key, and a redirect, a foreign 404 or a refused method, which mean a wrong address),
 * or the end of it.
 */
export function refusalError(message: string, response: Response): ProviderError {
  const { status } = response;
  if (status >= 500 || status === 429 || status === 408) {
    return new ProviderError('retry', message, retryAfterMs(response));
  }
  const isConfiguration = status < 400 || [401, 402, 403, 404, 405, 407].includes(status);
  return new ProviderError(isConfiguration ? 'config' : 'reject', message);
}
