import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { makeAiToolkit } from './ai-toolkit-stand-in.ts';

interface Pod {
  id: string;
  name: string;
  status: string;
  env: Record<string, string>;
  args: string;
  cost: number;
  createdAt: string;
  gpu: { id: string; count: number };
}

/** What we order, once it is known to fit the description. */
type Order = Pick<Pod, 'name' | 'env' | 'args'> & {
  gpu: Pod['gpu'] & { minCudaVersion?: string };
  image: string;
  disk: number;
  ports: string[];
  cloud?: string;
};

interface Standing {
  pod: Pod;
  toolkit: ReturnType<typeof makeAiToolkit>;
  /** Looks until its port answers; below 0 it never does. */
  looksToBoot: number;
  isVisible: boolean;
  /** Once it was deleted: when, and what an hour of it cost. */
  endedAt?: number;
  hourlyUsd?: number;
}

type Trouble = {
  on: RegExp;
  /** `made-500`: done, and answered as if it was not. `lost`: done, and the answer is lost. */
  answer: 'drop' | 'lost' | 'made-500' | { status: number; headers?: Record<string, string> };
};

const l40s = 'NVIDIA L40S';
const catalog = [
  gpu('NVIDIA GeForce RTX 4090', 24, 0.69, 0.34),
  gpu(l40s, 48, 0.86, 0.79),
  gpu('NVIDIA A100 80GB PCIe', 80, 1.79, 1.19),
  gpu('NVIDIA H100 80GB HBM3', 80, 3.99, 2.69),
];

/**
 * RunPod's REST API v2 and its proxy, with AI Toolkit in every pod. Orders and answers are held
 * against the published description (`runpod-openapi.json`): what breaks it is refused, or is a
 * mistake of this stand-in.
 */
export async function startRunPodStandIn(firstKey: string) {
  const description = JSON.parse(
    await readFile(new URL('./runpod-openapi.json', import.meta.url), 'utf8'),
  );
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(description, 'runpod');
  const schemaOf = (name: string) => {
    const validate = ajv.getSchema(`runpod#/components/schemas/${name}`);
    if (!validate) throw new Error(`The description has no ${name}.`);
    return validate;
  };

  const standing = new Map<string, Standing>();
  const withoutCapacity = new Set<string>();
  const forbidden = new Set<string>();
  const troubles: Trouble[] = [];
  const requests: string[] = [];
  const faults: unknown[] = [];
  const next = { looksToBoot: 1, isVisible: true };
  const account = {
    balanceUsd: 100,
    billedTimes: 1,
    /** The key it takes; another one is a key that was revoked. */
    apiKey: firstKey,
    /** `away`: every connection is cut. `silent`: nothing is ever answered. Pods are no better off. */
    mood: 'well' as 'well' | 'away' | 'silent',
  };

  function answerWith(schema: string, status: number, body: object): Answer {
    const validate = schemaOf(schema);
    if (!validate(body)) throw new Error(`${schema}: ${ajv.errorsText(validate.errors)}`);
    return { status, body: JSON.stringify(body), type: 'application/json' };
  }

  function problem(status: number, title: string, detail: string, errors?: string[]): Answer {
    const body = { title, status, detail, ...(errors && { errors }) };
    return { ...answerWith('ErrorResponse', status, body), type: 'application/problem+json' };
  }

  function create(body: Order): Answer {
    const validate = schemaOf('CreatePodRequest');
    if (!validate(body)) {
      const errors = (validate.errors ?? []).map(({ instancePath, message }) =>
        `${instancePath || '$'}: ${message}`.trim(),
      );
      return problem(422, 'Unprocessable Entity', 'The request body is invalid.', errors);
    }
    if (account.balanceUsd <= 0) return problem(402, 'Payment Required', 'insufficient balance');
    const { name, gpu: wanted, image, disk, ports, env, args, cloud = 'SECURE' } = body;
    const known = catalog.find(({ id }) => id === wanted.id);
    if (!known) return problem(400, 'Bad Request', 'unknown gpu');
    if (forbidden.has(known.id)) return problem(403, 'Forbidden', 'no access to this pool');
    if (withoutCapacity.has(known.id)) {
      return problem(
        400,
        'Bad Request',
        'There are no longer any instances available with the requested specifications. Please refresh and try again.',
      );
    }
    const pod = {
      id: randomUUID().replaceAll('-', '').slice(0, 14),
      name,
      status: 'PROVISIONING',
      actions: ['stop', 'terminate'],
      image,
      args,
      disk,
      mounts: {},
      ports,
      env,
      registry: null,
      gpu: { id: known.id, count: 1 },
      cloud,
      dataCenterId: 'EU-RO-1',
      cudaVersion: '13.0',
      ssh: { proxy: null, direct: null },
      template: null,
      cost: cloud === 'SECURE' ? known.price.secure : known.price.community,
      locked: false,
      globalNetworking: { enabled: false },
      runtime: null,
      createdAt: new Date().toISOString(),
      startedAt: null,
    };
    const toolkit = makeAiToolkit({ token: pod.env.AI_TOOLKIT_AUTH ?? '' });
    // Without a word about its driver the machine has one that this image does not start on.
    const fits = wanted.minCudaVersion === '13.0' ? {} : { looksToBoot: -1 };
    standing.set(pod.id, { pod, toolkit, ...next, ...fits });
    return answerWith('Pod', 201, pod);
  }

  /** Whole seconds at the price of the order, and the disk. */
  function bills(query: URLSearchParams): Answer {
    const [from, to] = ['startTime', 'endTime'].map((name) => query.get(name));
    if (!from || !to || Number.isNaN(Date.parse(from))) {
      return problem(400, 'Bad Request', 'a window needs a start and an end');
    }
    const range = { startTime: from, endTime: to };
    const records = [...standing.values()].map(({ pod, hourlyUsd = pod.cost, endedAt }) => {
      const hours = ((endedAt ?? Date.now()) - Date.parse(pod.createdAt)) / 3_600_000;
      const gpuAmount = hours * hourlyUsd * account.billedTimes;
      return {
        ...range,
        podId: pod.id,
        totalAmount: gpuAmount,
        gpuAmount,
        cpuAmount: 0,
        diskAmount: 0,
      };
    });
    const total = records.reduce((sum, { totalAmount }) => sum + totalAmount, 0);
    const totals = { totalAmount: total, gpuAmount: total, cpuAmount: 0, diskAmount: 0 };
    const bucketSize = query.get('bucketSize') ?? 'day';
    return answerWith('ListPodBillingResponse', 200, {
      records,
      metadata: {
        query: { ...range, bucketSize },
        recordCount: records.length,
        uniquePodCount: records.length,
        totals,
      },
    });
  }

  function answer(request: IncomingMessage, body: string): Answer {
    if (request.headers.authorization !== `Bearer ${account.apiKey}`) {
      return problem(401, 'Unauthorized', 'invalid API key');
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://runpod');
    const [, , room, id, verb] = pathname.split('/');
    // A stopped pod bills for its disk and may come back without a GPU.
    if (verb) faults.push(`${request.method} ${pathname} is nothing we may ask for.`);
    if (room === 'catalog' && id === 'gpus') {
      if (searchParams.has('include') && !searchParams.has('product')) {
        return problem(400, 'Bad Request', 'include needs product');
      }
      return answerWith('ListGpuTypesResponse', 200, { gpus: catalog });
    }
    if (room === 'billing' && id === 'pods') return bills(searchParams);
    if (room !== 'pods') return problem(404, 'Not Found', 'no such route');
    if (!id) {
      if (request.method === 'POST') return create(JSON.parse(body));
      const pods = [...standing.values()].filter(({ isVisible }) => isVisible);
      return answerWith('ListPodsResponse', 200, { pods: pods.map(({ pod }) => pod) });
    }
    const found = standing.get(id);
    if (!found?.isVisible || found.pod.status === 'TERMINATED') {
      return problem(404, 'Not Found', 'pod not found');
    }
    if (request.method !== 'DELETE') return answerWith('Pod', 200, found.pod);
    found.toolkit.stop();
    Object.assign(found, { endedAt: Date.now(), hourlyUsd: found.pod.cost });
    Object.assign(found.pod, { status: 'TERMINATED', cost: 0 });
    return { status: 204, body: '', type: 'application/json' };
  }

  /** What Cloudflare and RunPod's balancer say in front of a pod. */
  async function proxy(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , id = '', ...rest] = (request.url ?? '').split('/');
    const found = standing.get(id);
    if (!found || found.pod.status === 'TERMINATED') {
      return void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>');
    }
    if (['PROVISIONING', 'STARTING'].includes(found.pod.status)) found.pod.status = 'RUNNING';
    const isDown = found.pod.status !== 'RUNNING' || found.looksToBoot !== 0;
    if (found.looksToBoot > 0) found.looksToBoot -= 1;
    if (isDown) {
      return void response.writeHead(502, { 'content-type': 'text/html' }).end('Bad gateway');
    }
    request.url = `/${rest.join('/')}`;
    await found.toolkit.handle(request, response);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (account.mood === 'away') return void request.socket.destroy();
    if (account.mood === 'silent') return;
    if (request.url?.startsWith('/proxy/')) return proxy(request, response);
    const name = `${request.method} ${request.url}`;
    requests.push(name);
    const body = await text(request);
    const at = troubles.findIndex(({ on }) => on.test(name));
    const trouble = at < 0 ? null : (troubles.splice(at, 1)[0]?.answer ?? null);
    if (trouble === 'drop') return void request.socket.destroy();
    if (typeof trouble === 'object' && trouble) {
      return void response.writeHead(trouble.status, trouble.headers).end('{}');
    }
    const made = answer(request, body);
    if (trouble === 'lost') return void request.socket.destroy();
    const told = trouble === 'made-500' ? problem(500, 'Internal', 'try again') : made;
    response.writeHead(told.status, { 'content-type': told.type }).end(told.body);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      faults.push(error);
      response.destroy(error);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `${url}/v2`,
    proxyUrl: `${url}/proxy/{pod}`,
    requests,
    /** Breaches of the published description, and other mistakes of this stand-in. */
    faults,
    /** How the next pods come up. */
    next,
    account,
    withoutCapacity,
    forbidden,
    trouble: (on: RegExp, answer: Trouble['answer']) => troubles.push({ on, answer }),
    /** A pod that a person has made by hand; returns how to be rid of it. */
    addForeignPod(name: string): () => void {
      create({
        name,
        image: 'x',
        gpu: { id: l40s, count: 1 },
        disk: 20,
        ports: [],
        env: {},
        args: '',
      });
      const [mine] = [...standing.values()].filter(({ pod }) => pod.name === name);
      return () => {
        mine?.toolkit.stop();
        standing.delete(mine?.pod.id ?? '');
      };
    },
    /** Every pod that costs money now. */
    billing: () =>
      [...standing.values()].map(({ pod }) => pod).filter(({ status }) => status !== 'TERMINATED'),
    /** Every pod there ever was, of a job. */
    podsOf: (name: string) => [...standing.values()].filter(({ pod }) => pod.name === name),
    close: () =>
      new Promise<void>((done) => {
        for (const { toolkit } of standing.values()) toolkit.stop();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export type RunPodStandIn = Awaited<ReturnType<typeof startRunPodStandIn>>;

interface Answer {
  status: number;
  body: string;
  type: string;
}

function gpu(id: string, memory: number, secure: number, community: number) {
  return {
    id,
    name: id.replace(/^NVIDIA (?:GeForce )?/, ''),
    pool: null,
    manufacturer: 'NVIDIA',
    memory,
    secure: true,
    community: true,
    price: { secure, community },
    maxCount: { secure: 8, community: 4 },
  };
}
