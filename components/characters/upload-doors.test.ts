import { afterEach, describe, expect, it, vi } from 'vitest';
import { rest, retryAfterMs, storeFailure, uploadDoors } from './upload-doors';

const answer = (retryAfter: string | null = null) => ({ getResponseHeader: () => retryAfter });
const document = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the store's answer", () => {
  it.each([
    [403, document('AccessDenied'), 'expired'],
    [403, '', 'expired'],
    [404, document('NoSuchUpload'), 'expired'],
    [400, document('BadDigest'), 'damaged'],
    [400, document('XAmzContentSHA256Mismatch'), 'damaged'],
    [400, document('IncompleteBody'), 'connection'],
    [400, document('RequestTimeout'), 'connection'],
    [400, document('InvalidRequest'), 'refused'],
    [404, document('NoSuchBucket'), 'refused'],
    [429, '', 'busy'],
    [500, document('InternalError'), 'busy'],
    [503, document('SlowDown'), 'busy'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(storeFailure(status, body, answer()).kind).toBe(kind);
  });

  it('tells how long to rest', () => {
    expect(storeFailure(503, '', answer('7')).retryAfterMs).toBe(7_000);
    const now = Date.parse('2026-03-12T10:00:00Z');
    expect(retryAfterMs('Thu, 12 Mar 2026 10:00:30 GMT', now)).toBe(30_000);
    expect(retryAfterMs('Thu, 12 Mar 2026 09:00:00 GMT', now)).toBe(0);
    expect(retryAfterMs('86400')).toBe(300_000);
    expect(retryAfterMs('soon')).toBe(0);
    expect(retryAfterMs(null)).toBe(0);
  });
});

describe("the server's answer", () => {
  const respond = (response: Response | Error) =>
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => {
        if (response instanceof Error) throw response;
        return response;
      }),
    );

  it('is a refusal with its code, or trouble that passes', async () => {
    respond(Response.json({ code: 'NOT_FOUND', details: { a: 1 } }, { status: 404 }));
    await expect(uploadDoors.finish('x')).rejects.toMatchObject({
      name: 'DoorRefusal',
      code: 'NOT_FOUND',
      details: { a: 1 },
    });
    respond(new Response('<html>', { status: 502 }));
    await expect(uploadDoors.finish('x')).rejects.toMatchObject({ code: 'INTERNAL' });
    respond(new Response('{}', { status: 429, headers: { 'retry-after': '3' } }));
    await expect(uploadDoors.finish('x')).rejects.toMatchObject({
      name: 'SendFailure',
      kind: 'busy',
      retryAfterMs: 3_000,
    });
    respond(new TypeError('Failed to fetch'));
    await expect(uploadDoors.finish('x')).rejects.toMatchObject({ kind: 'connection' });
  });

  it('may be empty', async () => {
    respond(new Response(null, { status: 204 }));
    await expect(uploadDoors.giveUp('x')).resolves.toBeUndefined();
  });
});

describe('a rest', () => {
  function browser(onLine: boolean) {
    vi.useFakeTimers();
    vi.stubGlobal('navigator', { onLine });
    const target = new EventTarget();
    vi.stubGlobal('window', target);
    return target;
  }

  it('takes about as long as asked for', async () => {
    browser(true);
    const woken = vi.fn();
    void rest(1_000, new AbortController().signal).then(woken);
    await vi.advanceTimersByTimeAsync(799);
    expect(woken).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(402);
    expect(woken).toHaveBeenCalledWith('rested');
  });

  it('without a connection takes until it is back, however long', async () => {
    const target = browser(false);
    const woken = vi.fn();
    void rest(1_000, new AbortController().signal).then(woken);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(woken).not.toHaveBeenCalled();
    target.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(woken).toHaveBeenCalledWith('reconnected');
  });

  it('ends when the upload is taken off the list', async () => {
    browser(false);
    const controller = new AbortController();
    const woken = vi.fn();
    void rest(1_000, controller.signal).then(woken);
    controller.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(woken).toHaveBeenCalledTimes(1);
  });
});
