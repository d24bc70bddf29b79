import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type HostError,
  type HostJob,
  type HostJobList,
  jobInputSchema,
} from '../../gpu/protocol.ts';
import { SandboxGpu, type SandboxGpuSettings } from './sandbox-gpu.ts';

const maxBodyBytes = 10 * 1024 * 1024;

export interface SandboxGpuServerSettings extends SandboxGpuSettings {
  /** 0 takes any free one. */
  port: number;
  /** What callers must show as `Authorization: Bearer …`. */
  token: string;
}

interface Answer {
  status: number;
  body?: HostJob | HostJobList | HostError | { status: 'ok'; protocolVersion: 1 };
}

/** An answer that is not the job, thrown from anywhere below. */
class Refusal extends Error {
  readonly status: number;
  readonly error: HostError['error'];

  constructor(status: number, error: HostError['error'], message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

/**
 * Starts the sandbox GPU on 127.0.0.1: a host that speaks the worker protocol over HTTP. Rejects
 * with the system's error (`EADDRINUSE`) when it cannot listen. No job is taken up before it does.
 */
export async function startSandboxGpuServer(
  settings: SandboxGpuServerSettings,
): Promise<{ url: string; close(): Promise<void> }> {
  const gpu = new SandboxGpu(settings);
  const server = createServer((request, response) => {
    answer(gpu, settings.token, request)
      .catch(asAnswer)
      .then((result) => send(response, result));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', resolve);
  });
  gpu.start();
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : settings.port;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      gpu.stop();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answer(gpu: SandboxGpu, token: string, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const [first, id, action, ...rest] = url.pathname.split('/').slice(1);
  if (first === 'health' && id === undefined) {
    return { status: 200, body: { status: 'ok', protocolVersion: 1 } };
  }
  if (!isAuthorized(request, token)) {
    throw new Refusal(401, 'unauthorized', 'The bearer token is missing or wrong.');
  }
  const route = `${request.method} ${action === undefined ? '' : action}`;
  if (first !== 'jobs' || rest.length > 0) throw notFound();
  if (id === undefined || id === '') {
    if (request.method === 'POST') return submit(gpu, await readBody(request));
    if (request.method === 'GET') {
      const jobs = gpu.list(url.searchParams.get('name') ?? undefined);
      return { status: 200, body: { jobs: jobs.map((job) => job.line()) } };
    }
    throw new Refusal(405, 'method_not_allowed', 'GET or POST.');
  }
  const job = gpu.get(id);
  if (!job) throw notFound();
  if (route === 'GET ') return { status: 200, body: job.view() };
  if (route === 'DELETE ') {
    gpu.release(job);
    return { status: 204 };
  }
  if (route === 'POST cancel') {
    job.cancel();
    return { status: 200, body: job.view() };
  }
  if (action !== undefined && action !== 'cancel') throw notFound();
  throw new Refusal(405, 'method_not_allowed', 'There is no such action on a job.');
}

function submit(gpu: SandboxGpu, body: string): Answer {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'invalid_job', 'The body is not JSON.');
  }
  const input = jobInputSchema.safeParse(json);
  if (!input.success) {
    const problems = input.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Refusal(400, 'invalid_job', problems.join('; ').slice(0, 2_000));
  }
  const submitted = gpu.submit(input.data);
  if (!submitted) throw new Refusal(503, 'no_capacity', 'No GPU is free.');
  return { status: submitted.isNew ? 201 : 200, body: submitted.job.view() };
}

function notFound(): Refusal {
  return new Refusal(404, 'not_found', 'There is no such thing here.');
}

function asAnswer(error: unknown): Answer {
  if (error instanceof Refusal) {
    return { status: error.status, body: { error: error.error, message: error.message } };
  }
  console.error('The sandbox GPU could not answer:', error);
  return { status: 500, body: { error: 'internal', message: 'The sandbox GPU has a fault.' } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Compares hashes, which have one length, so that the time tells nothing. */
function isAuthorized(request: IncomingMessage, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(request.headers.authorization ?? ''), hash(`Bearer ${token}`));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      throw new Refusal(413, 'too_large', `A job has at most ${maxBodyBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
