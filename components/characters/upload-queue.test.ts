import { describe, expect, it, vi } from 'vitest';
import {
  createUploadQueue,
  DoorRefusal,
  SendFailure,
  type UploadDoors,
  type UploadState,
} from './upload-queue';

interface Image {
  id: string;
  number: number;
}

const jpeg = (name: string, bytes = 10) =>
  new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' });

/** Doors that say yes to everything, with whatever a test wants to be different. */
function stage(different: Partial<UploadDoors<Image>> = {}, parallel = 4) {
  const ready: Image[] = [];
  let asked = 0;
  const queue = createUploadQueue<Image>({
    parallel,
    onReady: (image) => ready.push(image),
    doors: {
      request: async ({ imageId }) => {
        asked += 1;
        return { imageId: imageId ?? `image-${asked}`, upload: { url: 'u', headers: {} } };
      },
      send: async () => {},
      finish: async (id) => ({ state: 'ready', image: { id, number: ready.length + 1 } }),
      rest: async () => {},
      ...different,
    },
  });
  const states = () => queue.snapshot().map(({ state }) => state);
  const settled = (count: number) =>
    vi.waitFor(() => {
      const ended = states().filter(({ kind }) => ['done', 'duplicate', 'failed'].includes(kind));
      expect(ended).toHaveLength(count);
    });
  return { queue, ready, states, settled };
}

const kinds = (states: UploadState[]) => states.map(({ kind }) => kind);

describe('several files at once', () => {
  it('brings each to its end and hands over what became of it', async () => {
    const { queue, ready, states, settled } = stage();
    queue.add([jpeg('a.jpg'), jpeg('b.jpg')]);
    await settled(2);
    expect(kinds(states())).toEqual(['done', 'done']);
    expect(ready).toHaveLength(2);
  });

  it('sends no more than the given number at a time; the rest waits', async () => {
    let open = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const { queue, states, settled } = stage(
      {
        send: async () => {
          open += 1;
          most = Math.max(most, open);
          await new Promise<void>((resolve) => gates.push(resolve));
          open -= 1;
        },
      },
      4,
    );
    queue.add(Array.from({ length: 9 }, (_, index) => jpeg(`${index}.jpg`)));
    await vi.waitFor(() => expect(gates).toHaveLength(4));
    expect(kinds(states()).filter((kind) => kind === 'waiting')).toHaveLength(5);
    while (gates.length > 0 || kinds(states()).includes('waiting')) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settled(9);
    expect(most).toBe(4);
  });

  it('asks for room in the order of choosing, whatever each answer takes', async () => {
    const asked: string[] = [];
    const { queue, settled } = stage({
      request: async ({ fileName }) => {
        // The first answer is the slowest.
        for (let turn = asked.length; turn < 3; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        asked.push(fileName);
        return { imageId: fileName, upload: { url: 'u', headers: {} } };
      },
    });
    queue.add([jpeg('a.jpg'), jpeg('b.jpg'), jpeg('c.jpg')]);
    await settled(3);
    expect(asked).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
  });

  it('a file that fails leaves the others alone', async () => {
    const { queue, states, settled } = stage({
      finish: async (id) =>
        id === 'image-2'
          ? { state: 'rejected', code: 'IMAGE_BROKEN', details: {} }
          : { state: 'ready', image: { id, number: 1 } },
    });
    queue.add([jpeg('a.jpg'), jpeg('b.jpg'), jpeg('c.jpg')]);
    await settled(3);
    expect(states()[1]).toEqual({
      kind: 'failed',
      sentence: 'The file is damaged and could not be read to the end.',
      canRetry: false,
    });
    expect(kinds(states())).toEqual(['done', 'failed', 'done']);
  });
});

describe('what is refused before a byte is sent', () => {
  it.each([
    [jpeg('huge.jpg', 20_000_001), 'Too large: 20\u00a0MB, the limit is 20 MB.'],
    [jpeg('empty.jpg', 0), 'Not an image we can read (JPEG, PNG, WebP, HEIC).'],
    [
      new File(['x'], 'notes.pdf', { type: 'application/pdf' }),
      'Not an image we can read (JPEG, PNG, WebP, HEIC).',
    ],
  ])('%s', async (file, sentence) => {
    const request = vi.fn();
    const { queue, states } = stage({ request });
    queue.add([file]);
    expect(states()).toEqual([{ kind: 'failed', sentence, canRetry: false }]);
    expect(request).not.toHaveBeenCalled();
  });

  it('HEIC goes through by its name: browsers say nothing of its type', async () => {
    const { queue, states, settled } = stage();
    queue.add([new File(['x'], 'IMG_1.HEIC')]);
    await settled(1);
    expect(kinds(states())).toEqual(['done']);
  });
});

describe('trouble on the way', () => {
  it('a lost connection is tried again with the same image, three times', async () => {
    const rests: number[] = [];
    const requested: (string | undefined)[] = [];
    const { queue, states, settled } = stage({
      request: async ({ imageId }) => {
        requested.push(imageId);
        return { imageId: imageId ?? 'first', upload: { url: 'u', headers: {} } };
      },
      send: async () => {
        throw new SendFailure('connection');
      },
      rest: async (ms) => void rests.push(ms),
    });
    queue.add([jpeg('a.jpg')]);
    await settled(1);
    expect(rests).toEqual([1_000, 3_000, 9_000]);
    expect(requested).toEqual([undefined, 'first', 'first', 'first']);
    expect(states()).toEqual([{ kind: 'failed', sentence: "Couldn't upload.", canRetry: true }]);
  });

  it('says what it waits for, and goes on when it is over', async () => {
    let calls = 0;
    const said: string[] = [];
    const { queue, states, settled } = stage({
      send: async () => {
        calls += 1;
        if (calls === 1) throw new SendFailure('busy');
      },
    });
    queue.subscribe(() => {
      const [state] = states();
      if (state?.kind === 'pausing') said.push(state.reason);
    });
    queue.add([jpeg('a.jpg')]);
    await settled(1);
    expect(said).toEqual(['Storage is busy, trying again']);
    expect(kinds(states())).toEqual(['done']);
  });

  it('a refusal by the store is final until the creator tries again', async () => {
    let refuse = true;
    const { queue, states, settled } = stage({
      send: async () => {
        if (refuse) throw new SendFailure('refused');
      },
    });
    queue.add([jpeg('a.jpg')]);
    await settled(1);
    expect(kinds(states())).toEqual(['failed']);
    refuse = false;
    queue.retry('upload-1');
    await vi.waitFor(() => expect(kinds(states())).toEqual(['done']));
  });

  it('words a refusal of the server and offers another try where it helps', async () => {
    const { queue, states, settled } = stage({
      request: async () => {
        throw new DoorRefusal('STORAGE_UNAVAILABLE', {});
      },
    });
    queue.add([jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([
      {
        kind: 'failed',
        sentence: 'Pictures and files cannot be reached right now. They are safe.',
        canRetry: true,
      },
    ]);
  });
});

describe('the list', () => {
  it('names the image that a copy is a copy of', async () => {
    const { queue, states, settled } = stage({
      finish: async () => ({ state: 'duplicate', ofImageId: 'x', ofNumber: 7 }),
    });
    queue.add([jpeg('a.jpg')]);
    await settled(1);
    expect(states()).toEqual([{ kind: 'duplicate', ofImageId: 'x', ofNumber: 7 }]);
  });

  it('forgets only what has ended', async () => {
    const { queue, settled } = stage({
      send: (_, file) =>
        file.name === 'slow.jpg' ? new Promise<void>(() => {}) : Promise.resolve(),
    });
    queue.add([jpeg('slow.jpg'), jpeg('b.jpg')]);
    await settled(1);
    queue.forget(() => true);
    expect(queue.snapshot().map(({ file }) => file.name)).toEqual(['slow.jpg']);
  });
});
