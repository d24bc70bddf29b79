import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';

/** A job as AI Toolkit keeps and shows it; `job_config` is JSON in a text. */
export interface AiToolkitRow {
  id: string;
  name: string;
  gpu_ids: string;
  job_config: string;
  created_at: string;
  updated_at: string;
  status: string;
  stop: boolean;
  return_to_queue: boolean;
  step: number;
  total_steps: number | null;
  info: string;
  speed_string: string;
  queue_position: number;
  pid: number | null;
  job_type: string;
  job_ref: string | null;
  save_now: boolean;
  sample_now: boolean;
}

/** How the trainer of one job goes wrong. */
export type Misfortune =
  /** Raises at 30 %: the row says why. */
  | { kind: 'error'; info: string }
  /** Is gone at 30 %; the server's own worker notices, or not when it was restarted as well. */
  | { kind: 'killed'; noticed: boolean }
  /** Makes no further step after 30 %. */
  | { kind: 'hang' }
  /** Ends well, with these files instead of the right ones. */
  | { kind: 'files'; files: Record<string, Buffer> };

type Trouble = {
  /** Which request, as `GET /api/jobs`. */
  on: RegExp;
  /**
   * `drop`: nothing happens and nobody answers. `lost`: it happens, the answer is lost. `cut`: half of
   * the answer arrives. `silent`: never answers. A number is a status with an empty body.
   */
  answer: 'drop' | 'lost' | 'cut' | 'silent' | number | { status: number; body: string };
};

/** What the trainer reads of a `job_config`. */
interface TrainerConfig {
  name: string;
  type: string;
  training_folder: string;
  network: { linear: number };
  save: { save_every: number };
  datasets: { folder_path: string }[];
  train: { steps: number };
  model: { arch: string; assistant_lora_path?: string };
}

interface TrainerProcess {
  pid: number;
  rowId: string;
  name: string;
  stage: number;
  step: number;
  savedStep: number;
  interrupted: boolean;
}

/** Stage by stage before the first step; the texts are the trainer's own. */
const openings = ['Starting', 'Loading model', 'Loading dataset'];
const root = '/app/ai-toolkit';
const roots = { training: `${root}/output`, datasets: `${root}/datasets` };
const mediaFile = /\.(?:jpg|jpeg|png|webp|gif|bmp|mp4|mov)$/i;
const trainedFile = /\.(?:jpg|jpeg|png|webp)$/i;

/**
 * AI Toolkit's HTTP side (0.12.26) and a trainer that computes nothing, from what was observed of
 * the running server: its traps are here because it has them. Time runs fast: a training takes some
 * twenty ticks.
 */
export function makeAiToolkit({ token, tickMs = 10 }: { token: string; tickMs?: number }) {
  const files = new Map<string, Buffer>();
  const folders = new Set<string>([roots.training]);
  const rows = new Map<string, AiToolkitRow>();
  const queues = new Map<string, { id: number; gpu_ids: string; is_running: boolean }>();
  const processes = new Map<number, TrainerProcess>();
  const losses = new Map<string, { step: number; wall_time: number; value: number }[]>();
  const misfortunes = new Map<string, Misfortune>();
  const troubles: Trouble[] = [];
  const requests: string[] = [];
  const hardware = { gpus: 1 };
  let lastPid = 4_000;
  let isPaused = false;

  // ---- the trainer ------------------------------------------------------------------------------

  function configOf(row: AiToolkitRow): TrainerConfig | null {
    const { config } = JSON.parse(row.job_config);
    return config?.process?.[0] ? { name: config.name, ...config.process[0] } : null;
  }

  /** The trainer writes its row directly: `updated_at` stays as it was. */
  function told(process: TrainerProcess, change: Partial<AiToolkitRow>): void {
    const row = rows.get(process.rowId);
    if (row && configOf(row)?.type !== 'sd_trainer') Object.assign(row, change);
  }

  function end(process: TrainerProcess, change: Partial<AiToolkitRow>): void {
    told(process, change);
    processes.delete(process.pid);
  }

  function refusalOf(config: TrainerConfig): string | null {
    const needed = ['training_folder', 'model', 'datasets', 'train', 'network', 'save'];
    const missing = needed.find((key) => !(key in config));
    if (missing) return `'${missing}'`;
    const variable = /\$\{(\w+)\}/.exec(JSON.stringify(config))?.[1];
    if (variable) return `Environment variable ${variable} is not set`;
    const folder = config.datasets[0]?.folder_path ?? '';
    if (!folders.has(folder)) return `Dataset path ${folder} not found`;
    const images = [...files.keys()].filter(
      (path) => path.startsWith(`${folder}/`) && trainedFile.test(path),
    );
    if (images.length === 0) return 'No images found in dataset';
    const adapter = config.model.assistant_lora_path;
    if (adapter && adapter.split('/').length !== 3) return `Invalid assistant_lora_path ${adapter}`;
    return null;
  }

  function save(process: TrainerProcess, config: TrainerConfig, suffix: string): void {
    const folder = posix.join(config.training_folder, process.name);
    folders.add(folder);
    const arch = config.model.arch;
    for (const part of arch.startsWith('wan22_14b') ? ['_high_noise', '_low_noise'] : ['']) {
      const path = `${folder}/${process.name}${suffix}${part}.safetensors`;
      files.set(path, adapterOf(arch, config.network.linear));
    }
    files.set(`${folder}/optimizer.pt`, Buffer.alloc(64));
  }

  function work(process: TrainerProcess) {
    const row = rows.get(process.rowId);
    // A trainer whose row is gone goes on, and makes its folder anew.
    if (process.interrupted || row?.stop) {
      return end(process, { status: 'stopped', info: 'Job stopped', step: process.savedStep });
    }
    const stage = process.stage++;
    const opening = openings[stage];
    if (opening) return told(process, { status: 'running', info: opening });
    const config = row ? configOf(row) : null;
    if (config && stage === openings.length) {
      const refusal = refusalOf(config);
      if (refusal) return end(process, { status: 'error', info: refusal, step: 0 });
    }
    const steps = config?.train.steps ?? 1_000;
    const misfortune = misfortunes.get(process.name);
    if (misfortune && misfortune.kind !== 'files' && process.step >= steps * 0.3) {
      if (misfortune.kind === 'hang') return;
      if (misfortune.kind === 'error') {
        return end(process, {
          status: 'error',
          info: misfortune.info,
          step: process.savedStep,
        });
      }
      processes.delete(process.pid);
      if (misfortune.noticed && row) {
        update(row, {
          status: 'error',
          info: 'Job process terminated with signal SIGKILL.',
          pid: null,
        });
      }
      return;
    }
    if (process.step >= steps) {
      if (misfortune?.kind === 'files') {
        for (const [name, bytes] of Object.entries(misfortune.files)) {
          files.set(`${roots.training}/${process.name}/${name}`, bytes);
        }
      } else if (config) save(process, config, '');
      return end(process, { status: 'completed', info: 'Training completed' });
    }
    const before = process.step;
    process.step = Math.min(steps, before + Math.max(1, Math.ceil(steps / 12)));
    if (config) {
      const every = config.save.save_every;
      const due = Math.floor(process.step / every) * every;
      if (due > before && due < steps) {
        process.savedStep = due;
        save(process, config, `_${String(due).padStart(9, '0')}`);
      }
    }
    const points = losses.get(process.name) ?? [];
    points.push({ step: process.step, wall_time: Date.now() / 1_000, value: 0.5 - before / 1e5 });
    losses.set(process.name, points);
    told(process, { step: process.step, info: 'Training', speed_string: '50.00 iter/sec' });
  }

  /** The server's own worker: one job a queue at a time, and a queue that ends by itself. */
  function runQueues(): void {
    for (const queue of queues.values()) {
      if (!queue.is_running) continue;
      const ofQueue = [...rows.values()].filter((row) => row.gpu_ids === queue.gpu_ids);
      if (ofQueue.some(({ status }) => ['running', 'stopping'].includes(status))) continue;
      const [next] = ofQueue
        .filter(({ status }) => status === 'queued')
        .sort((a, b) => a.queue_position - b.queue_position);
      if (!next) {
        queue.is_running = false;
        continue;
      }
      update(next, { status: 'running', info: 'Starting job...', stop: false });
      const config = configOf(next);
      // Its worker breaks on this one and the row stays as it is, for ever.
      if (!config) continue;
      const pid = ++lastPid;
      update(next, { pid });
      processes.set(pid, {
        pid,
        rowId: next.id,
        name: config.name,
        stage: 0,
        step: 0,
        savedStep: 0,
        interrupted: false,
      });
    }
  }

  const timer = setInterval(() => {
    if (isPaused) return;
    runQueues();
    for (const process of processes.values()) work(process);
  }, tickMs);

  // ---- the HTTP side ----------------------------------------------------------------------------

  function update(row: AiToolkitRow, change: Partial<AiToolkitRow>): void {
    Object.assign(row, change, { updated_at: new Date().toISOString() });
  }

  function removeTree(path: string): void {
    const within = (other: string) => other === path || other.startsWith(`${path}/`);
    for (const file of files.keys()) if (within(file)) files.delete(file);
    for (const folder of folders) if (within(folder)) folders.delete(folder);
  }

  function createJob(body: Record<string, unknown>): Answer {
    const { name, gpu_ids, job_config, job_ref } = body;
    if (typeof name !== 'string' || typeof gpu_ids !== 'string' || job_config === undefined) {
      return json(500, { error: 'Failed to save training data' });
    }
    const all = [...rows.values()];
    if (all.some((row) => row.name === name)) {
      return json(409, { error: 'Job name already exists' });
    }
    const now = new Date().toISOString();
    const row: AiToolkitRow = {
      id: randomUUID(),
      name,
      gpu_ids,
      job_config: JSON.stringify(job_config),
      created_at: now,
      updated_at: now,
      status: 'stopped',
      stop: false,
      return_to_queue: false,
      step: 0,
      total_steps: null,
      info: '',
      speed_string: '',
      queue_position: lastPosition() + 1_000,
      pid: null,
      job_type: 'train',
      job_ref: typeof job_ref === 'string' ? job_ref : null,
      save_now: false,
      sample_now: false,
    };
    rows.set(row.id, row);
    return json(200, row);
  }

  const lastPosition = () =>
    Math.max(0, ...[...rows.values()].map(({ queue_position }) => queue_position));

  function onJob(id: string, verb: string, query: URLSearchParams): Answer {
    const row = rows.get(id);
    if (!row) {
      return ['mark_stopped', 'save_now', 'sample_now'].includes(verb)
        ? { status: 500, body: '' }
        : json(404, { error: 'Job not found' });
    }
    const before = json(200, { ...row });
    const folder = posix.join(roots.training, row.name);
    switch (verb) {
      case 'start':
        update(row, {
          status: 'queued',
          stop: false,
          info: 'Job queued',
          queue_position: lastPosition() + 1_000,
        });
        if (!queues.has(row.gpu_ids)) setQueue(row.gpu_ids, false);
        return before;
      case 'stop': {
        update(row, { stop: true, info: 'Stopping job...' });
        const process = row.pid === null ? undefined : processes.get(row.pid);
        if (process) {
          process.interrupted = true;
          update(row, { status: 'stopped' });
        }
        return before;
      }
      case 'mark_stopped':
        update(row, { stop: true, status: 'stopped', pid: null });
        return before;
      case 'delete':
        removeTree(folder);
        rows.delete(id);
        return before;
      case 'files': {
        const top = [...files.keys()].filter((path) => posix.dirname(path) === folder);
        const found = [
          ...top.filter((path) => path.endsWith('.safetensors')).sort(),
          ...top.filter((path) => path.endsWith('/optimizer.pt')),
        ];
        return json(200, {
          files: found.map((path) => ({ path, size: files.get(path)?.length })),
        });
      }
      case 'loss': {
        const key = query.get('key') ?? 'loss';
        const since = Number(query.get('since_step') ?? -1);
        const all = key === 'loss/loss' ? (losses.get(row.name) ?? []) : [];
        const points = all.filter(({ step }) => step > since);
        return json(200, { key, keys: ['learning_rate', 'loss/loss'], points });
      }
      default:
        return notFoundPage;
    }
  }

  function setQueue(gpuIds: string, isRunning: boolean): Answer {
    const known = queues.get(gpuIds);
    const before = known ? { ...known } : null;
    const queue = known ?? { id: queues.size + 1, gpu_ids: gpuIds, is_running: false };
    queue.is_running = isRunning;
    queues.set(gpuIds, queue);
    if (!isRunning) {
      for (const row of rows.values()) {
        if (row.gpu_ids !== gpuIds || row.status !== 'running') continue;
        if (row.pid !== null) processes.delete(row.pid);
        update(row, { status: 'queued', return_to_queue: true, info: 'Job queued' });
      }
    }
    return json(200, before ?? queue);
  }

  function listJobs(query: URLSearchParams): Answer {
    const newestFirst = [...rows.values()].reverse();
    const id = query.get('id');
    const ref = query.get('job_ref');
    // Null, with status 200, for what it does not know.
    if (id !== null) return json(200, rows.get(id) ?? null);
    if (ref !== null) return json(200, newestFirst.find((row) => row.job_ref === ref) ?? null);
    const type = query.get('job_type');
    return json(200, { jobs: newestFirst.filter((row) => !type || row.job_type === type) });
  }

  async function upload(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const failed = json(500, { error: 'Error uploading files' });
    let form: FormData;
    try {
      form = await new Response(new Uint8Array(body), {
        headers: { 'content-type': request.headers['content-type'] ?? '' },
      }).formData();
    } catch {
      return failed;
    }
    const dataset = form.get('datasetName');
    if (typeof dataset !== 'string' || dataset === '') return failed;
    const parts = form.getAll('files').filter((part) => typeof part !== 'string');
    if (parts.length === 0) return json(400, { error: 'No files provided' });
    const folder = posix.join(roots.datasets, dataset);
    folders.add(folder);
    const saved: string[] = [];
    for (const part of parts) {
      const clean = part.name.replaceAll(/[^A-Za-z0-9.-]/g, '_');
      files.set(`${folder}/${clean}`, Buffer.from(await part.arrayBuffer()));
      saved.push(clean);
    }
    return json(200, { message: 'Files uploaded successfully', files: saved });
  }

  function onDataset(verb: string, body: Record<string, unknown>): Answer {
    if (verb === 'create') {
      if (typeof body.name !== 'string' || !folders.has(roots.datasets)) {
        return json(500, { error: 'Failed to create dataset' });
      }
      const name = body.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
      folders.add(posix.join(roots.datasets, name));
      return json(200, { success: true, name });
    }
    if (verb === 'delete') {
      if (typeof body.name !== 'string') return json(500, { error: 'Failed to delete dataset' });
      // An empty name is the folder of them all.
      removeTree(posix.join(roots.datasets, body.name).replace(/\/$/, ''));
      return json(200, { success: true });
    }
    if (verb === 'listImages') {
      if (typeof body.datasetName !== 'string') return { status: 500, body: '' };
      const folder = posix.join(roots.datasets, body.datasetName);
      if (!folders.has(folder)) {
        return json(404, { error: `Folder '${body.datasetName}' not found` });
      }
      const images = [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`) && mediaFile.test(path))
        .map((path) => path.slice(folder.length + 1))
        .sort();
      return json(200, { root: `${folder}/`, images });
    }
    return notFoundPage;
  }

  function serveFile(request: IncomingMessage, encoded: string): Answer {
    const path = decodeURIComponent(encoded);
    if (!Object.values(roots).some((folder) => path.startsWith(`${folder}/`))) {
      return { status: 403, body: 'Access denied' };
    }
    const bytes = files.get(path);
    if (!bytes) return { status: 404, body: 'File not found' };
    const headers = {
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=86400',
      'content-disposition': `attachment; filename="${posix.basename(path)}"`,
    };
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) return { status: 200, body: bytes, headers };
    const start = Number(from);
    const stop = to ? Math.min(Number(to), bytes.length - 1) : bytes.length - 1;
    if (start >= bytes.length) {
      return { status: 416, body: '', headers: { 'content-range': `bytes */${bytes.length}` } };
    }
    return {
      status: 206,
      body: bytes.subarray(start, stop + 1),
      headers: { ...headers, 'content-range': `bytes ${start}-${stop}/${bytes.length}` },
    };
  }

  async function answer(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://aitk');
    const [, api, room = '', ...rest] = pathname.split('/');
    if (api !== 'api') return notFoundPage;
    const method = request.method ?? '';
    if (room === 'files' && rest[0]) {
      return method === 'GET' ? serveFile(request, rest.join('/')) : { status: 405, body: '' };
    }
    // Any scheme does; only the second word counts.
    if (request.headers.authorization?.split(' ')[1] !== token) {
      return json(401, { error: 'Unauthorized' });
    }
    if (method === 'POST') {
      if (room === 'datasets' && rest[0] === 'upload') return upload(request, body);
      let parsed: Record<string, unknown>;
      try {
        parsed = JSON.parse(body.toString('utf8'));
      } catch {
        return room === 'jobs' ? json(500, { error: 'Failed to save training data' }) : empty500;
      }
      if (room === 'jobs' && rest.length === 0) return createJob(parsed);
      if (room === 'datasets') return onDataset(rest[0] ?? '', parsed);
      return notFoundPage;
    }
    if (method !== 'GET') return { status: 405, body: '' };
    switch (room) {
      case 'auth':
        return json(200, { isAuthenticated: true });
      case 'settings':
        return json(200, {
          TRAINING_FOLDER: roots.training,
          DATASETS_FOLDER: roots.datasets,
          MODELS_PATH: `${root}/models`,
        });
      case 'gpu':
        return json(200, {
          hasNvidiaSmi: true,
          gpus: Array.from({ length: hardware.gpus }, (_, index) => ({
            index,
            name: 'NVIDIA A100 80GB PCIe',
            driverVersion: '580.65.06',
            temperature: 41,
            utilization: { gpu: 0, memory: 0 },
            memory: { total: 81_920, free: 81_000, used: 920 },
            power: { draw: 61, limit: 300 },
            clocks: { graphics: 210, memory: 1_512 },
            fan: { speed: 0 },
          })),
        });
      case 'datasets': {
        if (rest[0] !== 'list') return { status: 405, body: '' };
        folders.add(roots.datasets);
        const names = [...folders]
          .filter((folder) => posix.dirname(folder) === roots.datasets)
          .map((folder) => posix.basename(folder));
        return json(200, names);
      }
      case 'jobs':
        return rest[0] ? onJob(rest[0], rest[1] ?? '', searchParams) : listJobs(searchParams);
      case 'queue': {
        if (!rest[0]) return json(200, { queues: [...queues.values()] });
        const gpuIds = decodeURIComponent(rest[0]);
        if (rest[1] === 'start') return setQueue(gpuIds, true);
        if (rest[1] !== 'stop') return notFoundPage;
        return queues.has(gpuIds)
          ? setQueue(gpuIds, false)
          : json(404, { error: 'Queue not found' });
      }
      default:
        return notFoundPage;
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = `${request.method} ${request.url}`;
    requests.push(name);
    const at = troubles.findIndex(({ on }) => on.test(name));
    const trouble = at < 0 ? null : (troubles.splice(at, 1)[0]?.answer ?? null);
    const body = await buffer(request);
    if (trouble === 'drop') return void request.socket.destroy();
    if (trouble === 'silent') return;
    if (typeof trouble === 'number') return send(response, { status: trouble, body: '' });
    if (typeof trouble === 'object' && trouble) return send(response, trouble);
    const made = await answer(request, body);
    if (trouble === 'lost') return void request.socket.destroy();
    if (trouble === 'cut') {
      const whole = Buffer.from(made.body);
      response.writeHead(made.status, { ...made.headers, 'content-length': whole.length });
      response.write(whole.subarray(0, whole.length >> 1), () => response.destroy());
      return;
    }
    send(response, made);
  }

  return {
    rows,
    files,
    queues,
    processes,
    /** Method and address of every request so far. */
    requests,
    roots,
    hardware,
    row(name: string): AiToolkitRow {
      const row = [...rows.values()].find((candidate) => candidate.name === name);
      if (!row) throw new Error(`AI Toolkit has no job ${name}.`);
      return row;
    },
    /** Something of somebody else's, which must outlive whatever we do. */
    addForeignData(): () => boolean {
      const mine = [`${roots.datasets}/mia_7f3a/0001.png`, `${roots.training}/mia/mia.safetensors`];
      folders.add(roots.datasets).add(`${roots.datasets}/mia_7f3a`).add(`${roots.training}/mia`);
      for (const path of mine) files.set(path, Buffer.from('somebody else’s'));
      return () => mine.every((path) => files.has(path));
    },
    /** Whether anything of a job is left: row, process, data set or result. */
    remains(name: string): boolean {
      const dataset = `${roots.datasets}/${name.replaceAll('-', '_')}`;
      const ours = (path: string) =>
        path.startsWith(dataset) || path.startsWith(`${roots.training}/${name}`);
      return (
        [...rows.values()].some((row) => row.name === name) ||
        [...processes.values()].some((process) => process.name === name) ||
        [...files.keys(), ...folders].some(ours)
      );
    },
    strike: (name: string, misfortune: Misfortune) => misfortunes.set(name, misfortune),
    trouble: (on: RegExp, answer: Trouble['answer']) => troubles.push({ on, answer }),
    /** No time passes for its worker and trainers. */
    pause: () => (isPaused = true),
    resume: () => (isPaused = false),
    handle,
    stop: () => clearInterval(timer),
  };
}

/** The same with a server of its own on a free port. */
export async function startAiToolkitStandIn(token: string) {
  const toolkit = makeAiToolkit({ token });
  const server = createServer((request, response) => {
    toolkit.handle(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    ...toolkit,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((done) => {
        toolkit.stop();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export type AiToolkitStandIn = Awaited<ReturnType<typeof startAiToolkitStandIn>>;

interface Answer {
  status: number;
  body: string | Buffer;
  headers?: Record<string, string>;
}

const empty500: Answer = { status: 500, body: '' };
const notFoundPage: Answer = {
  status: 404,
  body: '<!DOCTYPE html><html><body>404: This page could not be found.</body></html>',
  headers: { 'content-type': 'text/html; charset=utf-8' },
};

function json(status: number, body: unknown): Answer {
  return {
    status,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** A sound and tiny adapter with the key names of that architecture: safetensors, BF16. */
function adapterOf(arch: string, rank: number): Buffer {
  const prefix = arch.startsWith('flux') ? 'transformer' : 'diffusion_model';
  const module = `${prefix}.layers.0.attention.to_q`;
  const half = rank * 8 * 2;
  const header = JSON.stringify({
    __metadata__: { format: 'pt' },
    [`${module}.lora_A.weight`]: { dtype: 'BF16', shape: [rank, 8], data_offsets: [0, half] },
    [`${module}.lora_B.weight`]: {
      dtype: 'BF16',
      shape: [8, rank],
      data_offsets: [half, 2 * half],
    },
  });
  const json = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(2 * half, 1)]);
}
