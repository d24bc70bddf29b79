import { describe, expect, it, vi } from 'vitest';
import type { FileFacts } from './file-facts';
import {
  type ArrivedImage,
  createUploadQueue,
  DoorRefusal,
  type RememberedUpload,
  SendFailure,
  type UploadDoors,
  type UploadMemory,
} from './upload-queue';
import { isUnderWay, type UploadState } from './upload-state';

const partBytes = 5 * 1024 ** 2;
const mara = 'mara';

const jpeg = (name: string, bytes = 10) =>
  new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' });

/** A memory that remembers as long as the test, so that another queue can stand for a reload. */
function memoryOf(kept = new Map<string, { upload: RememberedUpload; file: File | null }>()) {
  const memory: UploadMemory = {
    keep(upload, file) {
      kept.set(upload.id, { upload, file: file ?? kept.get(upload.id)?.file ?? null });
    },
    forget(ids) {
      for (const id of ids) kept.delete(id);
    },
    recall: async () => [...kept.values()],
  };
  return { memory, kept };
}

interface Options {
  parallel?: number;
  kept?: Map<string, { upload: RememberedUpload; file: File | null }>;
}

/** Doors that say yes to everything, with whatever a test wants to be different. */
function stage(different: Partial<UploadDoors<ArrivedImage>> = {}, options: Options = {}) {
  const ready: ArrivedImage[] = [];
  const rests: number[] = [];
  const given: string[] = [];
  const { memory, kept } = memoryOf(options.kept);
  let asked = 0;
  const queue = createUploadQueue<ArrivedImage>({
    parallel: options.parallel ?? 4,
    memory,
    doors: {
      inspect: async (file): Promise<FileFacts> => ({
        contentType: 'image/jpeg',
        sha256: `hash of ${file.name}`,
      }),
      request: async (_, { imageId }) => {
        asked += 1;
        return { imageId: imageId ?? `image-${asked}`, upload: { url: 'u', headers: {} } };
      },
      parts: async () => ({ parts: [], keptUntil: '' }),
      send: async () => {},
      finish: async (id) => ({ state: 'ready', image: image(id, ready.length + 1) }),
      giveUp: async (imageId) => void given.push(imageId),
      rest: async (ms) => {
        rests.push(ms);
        return 'rested';
      },
      ...different,
    },
  });
  queue.onReady((_, arrived) => ready.push(arrived));
  const states = () => queue.snapshot().map(({ state }) => state);
  const settled = (count: number) =>
    vi.waitFor(() => {
      expect(queue.snapshot().filter((upload) => !isUnderWay(upload))).toHaveLength(count);
    });
  const idOf = (name: string) => queue.snapshot().find((upload) => upload.name === name)?.id ?? '';
  return { queue, ready, rests, given, kept, states, settled, idOf };
}

const image = (id: string, number: number, size = 1_000): ArrivedImage => ({
  id,
  number,
  width: size,
  height: size,
  tooSmallForTraining: size < 512,
});
const kinds = (states: UploadState[]) => states.map(({ kind }) => kind);

describe('several files at once', () => {
  it('brings each to its end and hands over what became of it', async () => {
    const { queue, ready, kept, states, settled } = stage();
    queue.add(mara, [jpeg('a.jpg'), jpeg('b.jpg')]);
    await settled(2);
    expect(kinds(states())).toEqual(['done', 'done']);
    expect(ready).toHaveLength(2);
    expect(kept.size).toBe(0);
  });

  it('sends no more than the given number at a time; the others are read ahead', async () => {
    let open = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const { queue, states, settled } = stage({
      send: async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise<void>((resolve) => gates.push(resolve));
        open -= 1;
      },
    });
    queue.add(
      mara,
      Array.from({ length: 9 }, (_, index) => jpeg(`${index}.jpg`)),
    );
    await vi.waitFor(() => {
      expect(gates).toHaveLength(4);
      expect(kinds(states()).filter((kind) => kind === 'queued')).toHaveLength(5);
    });
    while (gates.length > 0 || kinds(states()).some((kind) => kind === 'queued')) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settled(9);
    expect(most).toBe(4);
  });

  it('takes up the first fifty of four hundred; the rest waits untouched', async () => {
    const inspected: string[] = [];
    const gates: (() => void)[] = [];
    const { queue, states, settled } = stage({
      inspect: async (file) => {
        inspected.push(file.name);
        return { contentType: 'image/jpeg', sha256: file.name };
      },
      send: () => new Promise<void>((resolve) => gates.push(resolve)),
    });
    queue.add(
      mara,
      Array.from({ length: 400 }, (_, index) => jpeg(`${index}.jpg`)),
    );
    await vi.waitFor(() => expect(inspected).toHaveLength(50));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(inspected).toHaveLength(50);
    expect(kinds(states()).filter((kind) => kind === 'waiting')).toHaveLength(350);
    const opened = setInterval(() => {
      for (const open of gates.splice(0)) open();
    });
    await settled(400);
    clearInterval(opened);
    expect(new Set(kinds(states()))).toEqual(new Set(['done']));
  });

  it('asks for room in the order of choosing, whatever each answer takes', async () => {
    const asked: string[] = [];
    const { queue, settled } = stage({
      request: async (_, { fileName }) => {
        // The first answer is the slowest.
        for (let turn = asked.length; turn < 3; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        asked.push(fileName);
        return { imageId: fileName, upload: { url: 'u', headers: {} } };
      },
    });
    queue.add(mara, [jpeg('a.jpg'), jpeg('b.jpg'), jpeg('c.jpg')]);
    await settled(3);
    expect(asked).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
  });

  it('a file that fails leaves the others alone', async () => {
    const { queue, states, settled } = stage({
      finish: async (id) =>
        id === 'image-2'
          ? { state: 'rejected', code: 'IMAGE_BROKEN', details: {} }
          : { state: 'ready', image: image(id, 1) },
    });
    queue.add(mara, [jpeg('a.jpg'), jpeg('b.jpg'), jpeg('c.jpg')]);
    await settled(3);
    expect(states()[1]).toEqual({
      kind: 'failed',
      sentence: 'The file is damaged and could not be read to the end.',
      wayOut: 'another',
    });
    expect(kinds(states())).toEqual(['done', 'failed', 'done']);
  });
});

describe('what is refused before a byte is sent', () => {
  it.each([
    [jpeg('huge.jpg', 20_000_001), 'Too large: 20\u00a0MB, the limit is 20 MB.'],
    [jpeg('empty.jpg', 0), 'Not an image we can read (JPEG, PNG, WebP, HEIC).'],
  ])('%s, by its size alone', async (file, sentence) => {
    const inspect = vi.fn();
    const { queue, kept, states } = stage({ inspect });
    queue.add(mara, [file]);
    expect(states()).toEqual([{ kind: 'failed', sentence, wayOut: 'another' }]);
    expect(inspect).not.toHaveBeenCalled();
    expect(kept.size).toBe(0);
  });

  it.each([
    ['NOT_AN_IMAGE', 'Not an image we can read (JPEG, PNG, WebP, HEIC).'],
    ['TOO_MANY_PIXELS', 'Too large: more than 50 megapixels.'],
    ['IMAGE_ANIMATED', 'Animated images cannot be trained on.'],
  ] as const)('%s, by its own bytes', async (refused, sentence) => {
    const request = vi.fn();
    const { queue, states, settled } = stage({
      request,
      inspect: async () => ({ refused, details: {} }),
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([{ kind: 'failed', sentence, wayOut: 'another' }]);
    expect(request).not.toHaveBeenCalled();
  });

  it('is uploaded as what its bytes are, whatever its name says', async () => {
    const request = vi.fn(async () => ({ imageId: 'x', upload: { url: 'u', headers: {} } }));
    const { queue, settled } = stage({
      request,
      inspect: async () => ({ contentType: 'image/png', sha256: 'h' }),
    });
    queue.add(mara, [jpeg('really-a-png.jpg')]);
    await settled(1);
    expect(request).toHaveBeenCalledWith(mara, {
      fileName: 'really-a-png.jpg',
      bytes: 10,
      contentType: 'image/png',
      sha256: 'h',
    });
  });

  it('asks for a file that the browser cannot read any more', async () => {
    const { queue, states, settled } = stage({
      inspect: async () => {
        throw new Error('moved away');
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([{ kind: 'unfinished' }]);
  });
});

describe('the same picture twice', () => {
  it('is not sent when the server has it, and names it', async () => {
    const send = vi.fn();
    const { queue, kept, states, settled } = stage({
      send,
      request: async () => {
        throw new DoorRefusal('ALREADY_HERE', { ofImageId: 'x', ofNumber: 7 });
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([{ kind: 'duplicate', ofImageId: 'x', ofNumber: 7 }]);
    expect(send).not.toHaveBeenCalled();
    expect(kept.size).toBe(0);
  });

  it('in one list goes one after the other, and the second is known', async () => {
    const here = new Map<string, number>();
    let sent = 0;
    const { queue, states, settled } = stage({
      inspect: async () => ({ contentType: 'image/jpeg', sha256: 'same' }),
      request: async (_, { sha256 = '' }) => {
        const number = here.get(sha256);
        if (number) {
          throw new DoorRefusal('ALREADY_HERE', { ofImageId: 'first', ofNumber: number });
        }
        return { imageId: 'first', upload: { url: 'u', headers: {} } };
      },
      send: async () => {
        sent += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
      finish: async () => {
        here.set('same', 1);
        return { state: 'ready', image: image('first', 1) };
      },
    });
    queue.add(mara, [jpeg('a.jpg'), jpeg('copy of a.jpg'), jpeg('another copy.jpg')]);
    await settled(3);
    expect(sent).toBe(1);
    expect(kinds(states())).toEqual(['done', 'duplicate', 'duplicate']);
  });

  it('is found by the cleaned picture too', async () => {
    const { queue, states, settled } = stage({
      finish: async () => ({ state: 'duplicate', ofImageId: 'x', ofNumber: 7 }),
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([{ kind: 'duplicate', ofImageId: 'x', ofNumber: 7 }]);
  });
});

describe('trouble on the way', () => {
  it('a lost connection is tried again with the same image, three times', async () => {
    const requested: (string | undefined)[] = [];
    const { queue, rests, states, settled } = stage({
      request: async (_, { imageId }) => {
        requested.push(imageId);
        return { imageId: imageId ?? 'first', upload: { url: 'u', headers: {} } };
      },
      send: async () => {
        throw new SendFailure('connection');
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(rests).toEqual([1_000, 3_000, 9_000]);
    expect(requested).toEqual([undefined, 'first', 'first', 'first']);
    expect(states()).toEqual([{ kind: 'failed', sentence: "Couldn't upload.", wayOut: 'again' }]);
  });

  it('waits for the connection however often it goes, when it comes back', async () => {
    let lost = 0;
    const { queue, states, settled } = stage({
      send: async () => {
        lost += 1;
        if (lost < 12) throw new SendFailure('connection');
      },
      rest: async () => 'reconnected',
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(kinds(states())).toEqual(['done']);
  });

  it.each([
    ['busy', 'Storage is busy, trying again'],
    ['stalled', 'Slow connection, trying again'],
    ['connection', 'Waiting for a connection'],
    ['damaged', 'Arrived damaged, sending again'],
  ] as const)('%s: says what it waits for, and goes on when it is over', async (kind, reason) => {
    let calls = 0;
    const said: string[] = [];
    const { queue, states, settled } = stage({
      send: async () => {
        calls += 1;
        if (calls === 1) throw new SendFailure(kind);
      },
    });
    queue.subscribe(() => {
      const [state] = states();
      if (state?.kind === 'pausing') said.push(state.reason);
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(said).toEqual([reason]);
    expect(kinds(states())).toEqual(['done']);
  });

  it('rests as long as the other side asks for', async () => {
    let calls = 0;
    const { queue, rests, settled } = stage({
      send: async () => {
        calls += 1;
        if (calls < 3) throw new SendFailure('busy', calls === 1 ? 20_000 : 0);
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(rests).toEqual([20_000, 3_000]);
  });

  it.each(['expired', 'damaged'] as const)(
    '%s: once more at once, then it is over',
    async (kind) => {
      let calls = 0;
      const said: string[] = [];
      const { queue, rests, states, settled } = stage({
        send: async () => {
          calls += 1;
          throw new SendFailure(kind);
        },
      });
      queue.subscribe(() => {
        const [state] = states();
        if (state?.kind === 'pausing') said.push(state.reason);
      });
      queue.add(mara, [jpeg('a.jpg')]);
      await settled(1);
      expect(calls).toBe(2);
      expect(rests).toEqual([]);
      // Nothing is said of a link that ran out.
      expect(said).toEqual(kind === 'expired' ? [] : ['Arrived damaged, sending again']);
      expect(states()).toEqual([{ kind: 'failed', sentence: "Couldn't upload.", wayOut: 'again' }]);
    },
  );

  it('a refusal by the store is final until the creator tries again, or all again', async () => {
    let refuse = true;
    const { queue, kept, states, settled, idOf } = stage({
      send: async () => {
        if (refuse) throw new SendFailure('refused');
      },
    });
    queue.add(mara, [jpeg('a.jpg'), jpeg('b.jpg')]);
    await settled(2);
    expect(kinds(states())).toEqual(['failed', 'failed']);
    expect(kept.size).toBe(2);
    refuse = false;
    queue.retry([idOf('a.jpg'), idOf('b.jpg')]);
    await vi.waitFor(() => expect(kinds(states())).toEqual(['done', 'done']));
  });

  it('words a refusal of the server and offers another try where it helps', async () => {
    const { queue, states, settled } = stage({
      request: async () => {
        throw new DoorRefusal('TOO_MANY_UPLOADS', {});
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([
      {
        kind: 'failed',
        sentence: 'This character has as many images as it can hold.',
        wayOut: 'again',
      },
    ]);
  });

  it('signed out: the row stays, remembered, and can be tried again', async () => {
    let signedIn = false;
    const { queue, kept, states, settled, idOf } = stage({
      request: async () => {
        if (!signedIn) throw new DoorRefusal('SIGNED_OUT', {});
        return { imageId: 'x', upload: { url: 'u', headers: {} } };
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(kinds(states())).toEqual(['signedOut']);
    expect(kept.size).toBe(1);
    signedIn = true;
    queue.retry([idOf('a.jpg')]);
    await vi.waitFor(() => expect(kinds(states())).toEqual(['done']));
  });

  it('our trouble with a picture that arrived: once more, then again without sending it', async () => {
    let broken = true;
    let sent = 0;
    let finishes = 0;
    const { queue, states, settled, idOf } = stage({
      send: async () => {
        sent += 1;
      },
      finish: async (id) => {
        finishes += 1;
        if (broken) throw new DoorRefusal('INTERNAL', { errorId: 'abc' });
        return { state: 'ready', image: image(id, 1) };
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(finishes).toBe(2);
    expect(states()).toEqual([
      { kind: 'failed', sentence: "Uploaded, but we couldn't read it.", wayOut: 'again' },
    ]);
    broken = false;
    queue.retry([idOf('a.jpg')]);
    await vi.waitFor(() => expect(kinds(states())).toEqual(['done']));
    expect(sent).toBe(1);
  });

  it('what the server finds damaged is sent once more, and says so', async () => {
    let sent = 0;
    const remarks = new Set<string>();
    const { queue, states, settled } = stage({
      send: async () => {
        sent += 1;
      },
      finish: async () => {
        throw new DoorRefusal('UPLOAD_DAMAGED', {});
      },
    });
    queue.subscribe(() => {
      const [state] = states();
      if (state?.kind === 'sending' && state.remark) remarks.add(state.remark);
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(sent).toBe(2);
    expect([...remarks]).toEqual(['Arrived damaged, sending again']);
    expect(states()).toEqual([
      { kind: 'failed', sentence: 'The upload arrived damaged.', wayOut: 'again' },
    ]);
  });

  it('asks for room anew when the room made for it is gone', async () => {
    const requested: (string | undefined)[] = [];
    let refuse = true;
    const { queue, states, settled, idOf } = stage({
      request: async (_, { imageId }) => {
        requested.push(imageId);
        if (imageId === 'old') throw new DoorRefusal('NOT_FOUND', {});
        return { imageId: refuse ? 'old' : 'new', upload: { url: 'u', headers: {} } };
      },
      send: async () => {
        if (refuse) throw new SendFailure('refused');
      },
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    refuse = false;
    queue.retry([idOf('a.jpg')]);
    await vi.waitFor(() => expect(kinds(states())).toEqual(['done']));
    expect(requested).toEqual([undefined, 'old', undefined]);
  });
});

describe('a large file', () => {
  const large = () => jpeg('large.jpg', 12_000_000);

  /** A store that holds the parts of one upload. */
  function storeOf(here = new Set<number>()) {
    const sent: number[] = [];
    const parts: UploadDoors<ArrivedImage>['parts'] = async (_, bytes) => ({
      keptUntil: '',
      parts: [1, 2, 3].map((number) => {
        const start = (number - 1) * partBytes;
        return {
          number,
          start,
          bytes: Math.min(partBytes, bytes - start),
          upload: here.has(number) ? null : { url: String(number), headers: {} },
        };
      }),
    });
    const take = (url: string) => {
      sent.push(Number(url));
      here.add(Number(url));
    };
    return { here, sent, parts, take };
  }

  it('goes in parts, each by a link asked for when it is its turn', async () => {
    const { parts, take, sent } = storeOf();
    const sizes: number[] = [];
    const asked = vi.fn(parts);
    const { queue, states, settled } = stage({
      parts: asked,
      send: async ({ url }, body) => {
        sizes.push(body.size);
        take(url);
      },
    });
    queue.add(mara, [large()]);
    await settled(1);
    expect(kinds(states())).toEqual(['done']);
    expect(sent).toEqual([1, 2, 3]);
    expect(sizes).toEqual([partBytes, partBytes, 12_000_000 - 2 * partBytes]);
    expect(asked).toHaveBeenCalledTimes(4);
  });

  it('loses at most one part with the connection, and its tries begin anew with each', async () => {
    const { parts, take, sent } = storeOf();
    const lost = new Map<string, number>();
    const { queue, rests, states, settled } = stage({
      parts,
      send: async ({ url }) => {
        const before = lost.get(url) ?? 0;
        lost.set(url, before + 1);
        if (before < 3) throw new SendFailure('connection');
        take(url);
      },
    });
    queue.add(mara, [large()]);
    await settled(1);
    expect(kinds(states())).toEqual(['done']);
    expect(sent).toEqual([1, 2, 3]);
    expect(rests).toEqual([1_000, 3_000, 9_000, 1_000, 3_000, 9_000, 1_000, 3_000, 9_000]);
  });

  it('shows what is at the store already, and never goes back below it', async () => {
    const { parts, take } = storeOf(new Set([1, 2]));
    const shown: number[] = [];
    const { queue, states, settled } = stage({
      parts,
      send: async ({ url }, _, onProgress) => {
        onProgress(100_000);
        take(url);
      },
    });
    queue.subscribe(() => {
      const [state] = states();
      if (state?.kind === 'sending') shown.push(state.sentBytes);
    });
    queue.add(mara, [large()]);
    await settled(1);
    expect(shown.filter((bytes) => bytes > 0)).toEqual([2 * partBytes, 2 * partBytes + 100_000]);
  });

  it('ends when a store takes a part and never lists it', async () => {
    const { parts } = storeOf();
    const send = vi.fn(async () => {});
    const { queue, states, settled } = stage({ parts, send });
    queue.add(mara, [large()]);
    await settled(1);
    expect(send).toHaveBeenCalledTimes(3);
    expect(kinds(states())).toEqual(['failed']);
  });
});

describe('after a reload', () => {
  it('goes on by itself where the browser kept the file, with the same image', async () => {
    const before = stage({ send: () => new Promise(() => {}) });
    before.queue.add(mara, [jpeg('a.jpg')]);
    await vi.waitFor(() => {
      expect([...before.kept.values()][0]?.upload.imageId).toBe('image-1');
    });

    const requested: (string | undefined)[] = [];
    const after = stage(
      {
        request: async (_, { imageId }) => {
          requested.push(imageId);
          return { imageId: imageId ?? 'wrong', upload: { url: 'u', headers: {} } };
        },
      },
      { kept: before.kept },
    );
    await after.queue.restore();
    await after.settled(1);
    expect(requested).toEqual(['image-1']);
    expect(kinds(after.states())).toEqual(['done']);
    expect(after.kept.size).toBe(0);
  });

  it('asks for a file that was not kept, and takes it from among others', async () => {
    const upload = {
      id: 'u1',
      characterId: mara,
      name: 'a.jpg',
      bytes: 10,
      imageId: 'image-9',
    };
    const { queue, states, settled } = stage(
      {},
      { kept: new Map([['u1', { upload, file: null }]]) },
    );
    await queue.restore();
    expect(kinds(states())).toEqual(['unfinished']);
    // Of the same name, but another file.
    queue.add(mara, [jpeg('a.jpg', 11)]);
    await settled(2);
    expect(kinds(states())).toEqual(['unfinished', 'done']);
    queue.add(mara, [jpeg('b.jpg'), jpeg('a.jpg')]);
    await vi.waitFor(() => expect(kinds(states())).toEqual(['done', 'done', 'done']));
  });

  it('knows its own image, finished without its page having heard of it', async () => {
    const upload = {
      id: 'u1',
      characterId: mara,
      name: 'a.jpg',
      bytes: 10,
      imageId: 'image-9',
    };
    const { queue, states, settled } = stage(
      {
        request: async () => {
          throw new DoorRefusal('ALREADY_HERE', { ofImageId: 'image-9', ofNumber: 4 });
        },
        finish: async (id) => ({ state: 'ready', image: image(id, 4) }),
      },
      { kept: new Map([['u1', { upload, file: jpeg('a.jpg') }]]) },
    );
    await queue.restore();
    await settled(1);
    expect(states()).toEqual([{ kind: 'done', number: 4 }]);
  });
});

describe('the list', () => {
  it('stops and gives up what is removed while it is under way', async () => {
    let aborted = false;
    const { queue, kept, given, states, settled, idOf } = stage(
      {
        send: (_, body, __, signal) =>
          body.size === 10
            ? new Promise<void>((_, reject) => {
                signal.addEventListener('abort', () => {
                  aborted = true;
                  reject(signal.reason);
                });
              })
            : Promise.resolve(),
      },
      { parallel: 1 },
    );
    queue.add(mara, [jpeg('slow.jpg'), jpeg('b.jpg', 11)]);
    await vi.waitFor(() => expect([...kept.values()][0]?.upload.imageId).toBe('image-1'));
    queue.remove([idOf('slow.jpg')]);
    await settled(1);
    expect(aborted).toBe(true);
    expect(given).toEqual(['image-1']);
    expect(kinds(states())).toEqual(['done']);
    expect(kept.size).toBe(0);
  });

  it('gives nothing up that has become an image', async () => {
    const { queue, given, settled, idOf } = stage();
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    queue.remove([idOf('a.jpg')]);
    expect(queue.snapshot()).toEqual([]);
    expect(given).toEqual([]);
  });

  it('says of a picture that it is too small to train on, until it is kept all the same', async () => {
    const { queue, ready, states, settled, idOf } = stage({
      finish: async (id) => ({ state: 'ready', image: image(id, 3, 480) }),
    });
    queue.add(mara, [jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([
      { kind: 'tooSmall', imageId: 'image-1', number: 3, width: 480, height: 480 },
    ]);
    expect(ready).toHaveLength(1);
    queue.accept(idOf('a.jpg'));
    expect(states()).toEqual([{ kind: 'done', number: 3 }]);
  });

  it('tells one change a percent, not one a packet', async () => {
    let changes = 0;
    const { queue, settled } = stage({
      send: async (_, body, onProgress) => {
        for (let sent = 0; sent <= body.size; sent += 10) onProgress(sent);
      },
    });
    queue.subscribe(() => {
      changes += 1;
    });
    queue.add(mara, [jpeg('a.jpg', 100_000)]);
    await settled(1);
    expect(changes).toBeLessThan(120);
  });
});
