import { z } from 'zod';
import { ask, retryAfterMs } from './http-reply.ts';
import { ProviderError } from './provider.ts';

/** RunPod's REST API v2, as far as we use it. Its answers are read leniently: fields come and go. */

const podSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/),
  name: z.string(),
  status: z.string(),
  gpu: z.object({ id: z.string() }).optional().catch(undefined),
  /** US dollars an hour; 0 once it has ended. */
  cost: z.number().nonnegative().catch(0),
  createdAt: z.coerce.date(),
});
export type Pod = z.infer<typeof podSchema>;

const listSchema = z.object({ pods: z.array(z.unknown()) });
const gpusSchema = z.object({
  gpus: z.array(
    z.object({
      id: z.string(),
      /** GB of one GPU. */
      memory: z.number(),
      price: z.object({ secure: z.number(), community: z.number() }),
      /** NONE, LOW, MEDIUM or HIGH: advice, not a promise. */
      availability: z.string().optional().catch(undefined),
    }),
  ),
});
export type CatalogGpu = z.infer<typeof gpusSchema>['gpus'][number];

const billsSchema = z.object({
  /** US dollars, one record a pod and day. */
  records: z.array(z.object({ podId: z.string(), totalAmount: z.number() })),
});

export interface PodOrder {
  name: string;
  image: string;
  gpu: { id: string; count: 1; minCudaVersion: string };
  cloud: 'SECURE' | 'COMMUNITY';
  disk: number;
  ports: string[];
  env: Record<string, string>;
  args: string;
}

export interface RunPodAccess {
  id: string;
  apiUrl: string;
  apiKey: string;
  timeoutMs?: number;
}

const maxReplyBytes = 16 * 1024 ** 2;

export function runPodClient({ id, apiUrl, apiKey, timeoutMs = 10_000 }: RunPodAccess) {
  const access = { id, url: apiUrl, token: apiKey, timeoutMs, maxBytes: maxReplyBytes };
  const call = (method: string, path: string, body?: object) =>
    ask(access, method, path, body && JSON.stringify(body), body && 'application/json');

  async function read<T>(schema: z.ZodType<T>, path: string): Promise<T> {
    const { response, text } = await call('GET', path);
    if (!response.ok) throw refusal(id, `GET ${path}`, response, text);
    return parse(id, schema, text);
  }

  return {
    /** Every pod of the account. One that cannot be read is not one of ours. */
    async pods(): Promise<Pod[]> {
      const { pods } = await read(listSchema, '/pods');
      return pods.flatMap((pod) => podSchema.safeParse(pod).data ?? []);
    },

    async gpus(): Promise<CatalogGpu[]> {
      return (await read(gpusSchema, '/catalog/gpus?include=AVAILABILITY&product=POD')).gpus;
    },

    /** What every pod of the account has cost since `from`, in US dollars, by its id. */
    async bills(from: Date): Promise<Map<string, number>> {
      const window = new URLSearchParams({
        startTime: from.toISOString(),
        endTime: new Date().toISOString(),
        bucketSize: 'day',
      });
      const sums = new Map<string, number>();
      const { records } = await read(billsSchema, `/billing/pods?${window}`);
      for (const { podId, totalAmount } of records) {
        sums.set(podId, (sums.get(podId) ?? 0) + totalAmount);
      }
      return sums;
    },

    /**
     * The pod, or why this GPU is not to be had: 400 is also how "no capacity" is said, 403 a pool that
     * the key may not use. Throws `retry` with a pause when it may have been made all the same.
     */
    async createPod(order: PodOrder): Promise<Pod | { refused: 400 | 403; detail: string }> {
      const ambiguous = (cause: unknown) =>
        new ProviderError('retry', `${id} may have made ${order.name}.`, 60_000, { cause });
      const made = await call('POST', '/pods', order).catch((error) => {
        throw ambiguous(error);
      });
      const { response, text } = made;
      if (response.status === 400 || response.status === 403) {
        return { refused: response.status, detail: text.slice(0, 500) };
      }
      if (response.status >= 500) throw ambiguous(text.slice(0, 500));
      if (!response.ok) throw refusal(id, 'POST /pods', response, text);
      try {
        return parse(id, podSchema, text);
      } catch (error) {
        throw ambiguous(error);
      }
    },

    /** Ends a pod for good; a stopped one would go on costing. Unknown is fine. */
    async deletePod(podId: string): Promise<void> {
      const path = `/pods/${encodeURIComponent(podId)}`;
      const { response, text } = await call('DELETE', path);
      if (!response.ok && response.status !== 404) {
        throw refusal(id, `DELETE ${path}`, response, text);
      }
    },
  };
}

function refusal(id: string, request: string, response: Response, text: string): ProviderError {
  const { status } = response;
  const message = `${id} answered ${request} with ${status}: ${text.slice(0, 500)}`;
  const isPassing = status >= 500 || status === 429 || status === 408 || status === 409;
  // Wrong key, no money, an order it does not understand: all the operator's, none the creator's.
  return new ProviderError(isPassing ? 'retry' : 'config', message, retryAfterMs(response));
}

function parse<T>(id: string, schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ProviderError('retry', `The answer of ${id} is not JSON.`, null, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProviderError(
    'retry',
    `The answer of ${id} cannot be used: ${issue?.path.join('.')}: ${issue?.message}.`,
  );
}
