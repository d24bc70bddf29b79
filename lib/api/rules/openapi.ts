import { z } from 'zod';
import { limits } from '../../accounts/rules/limits.ts';
import { type ErrorCode, errorStatus } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import { operationList } from './catalogue.ts';
import { errorTitle } from './error-notes.ts';
import { errorDetails } from './image-operations.ts';
import { allRefusals, type Operation, shapeNames, takesIdempotencyKey } from './operation.ts';

type Json = Record<string, unknown>;

/** A problem document (RFC 9457) with our closed code and the way out. */
const problemSchema = z.strictObject({
  type: z.url(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
  wayOut: z.string(),
  details: errorDetails,
  errorId: z.string().optional().describe('Names the event in our log; tell it to the operator'),
});

/**
 * The OpenAPI 3.1 document of this installation, made from the catalogue's schemas. `origin` is
 * where it is reached.
 */
export function openApiDocument(origin: string): Json {
  const shapes = new Shapes();
  shapes.add('Problem', problemSchema);
  const paths: Record<string, Json> = {};
  for (const operation of operationList) {
    paths[operation.path] ??= {};
    Object.assign(paths[operation.path] ?? {}, {
      [operation.method.toLowerCase()]: describeOperation(operation, shapes),
    });
  }
  return {
    openapi: '3.1.1',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Likeness',
      version: '1',
      description:
        'Make an influencer, gather pictures, train a LoRA with credits, download it. Amounts are whole credits, instants are ISO 8601 in UTC.',
    },
    servers: [{ url: origin }],
    tags: [...new Set(operationList.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: shapes.all(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'lk_…',
          description: 'A personal API token. Make one in your account; it is shown once.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'next-auth.session-token',
          description:
            'The browser’s own session (`__Secure-next-auth.session-token` over HTTPS). Changes must come from the same origin.',
        },
      },
      parameters: {
        idempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description:
            'A text of your own for one intention, such as a UUID. Sent again within 24 hours with the same request, it gets the first answer (`Idempotent-Replayed: true`) and nothing is done twice.',
          schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' },
        },
      },
      headers: {
        retryAfter: { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
        idempotentReplayed: {
          description: 'Present when this is the stored answer to an earlier request',
          schema: { type: 'string', const: 'true' },
        },
        location: { description: 'Where it is', schema: { type: 'string', format: 'uri' } },
      },
    },
  };
}

function describeOperation(operation: Operation, shapes: Shapes): Json {
  const { id, tag, summary, params, query, body, method } = operation;
  const description = [operation.description, limitWords(operation)].filter(Boolean).join(' ');
  const parameters = [
    ...(params ? shapes.parameters(params, 'path') : []),
    ...(query ? shapes.parameters(query, 'query') : []),
    ...(takesIdempotencyKey(method) ? [{ $ref: '#/components/parameters/idempotencyKey' }] : []),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: shapes.of(body, 'input'),
            ...(operation.example?.body && { example: operation.example.body }),
          },
        },
      },
    }),
    responses: { ...answers(operation, shapes), ...problems(operation) },
  };
}

function limitWords({ limit }: Operation): string {
  if (!limit) return '';
  const { points, duration } = limits[limit];
  return `At most ${formatCount(points, 'time')} in ${formatCount(duration / 60, 'minute')}.`;
}

function answers({ answer, method }: Operation, shapes: Shapes): Json {
  const headers = {
    ...(method === 'POST' && {
      'Idempotent-Replayed': { $ref: '#/components/headers/idempotentReplayed' },
    }),
    ...((answer.status === 302 || answer.status === 303) && {
      Location: { $ref: '#/components/headers/location' },
    }),
  };
  return {
    [answer.status]: {
      description: answer.description,
      ...(Object.keys(headers).length > 0 && { headers }),
      ...('body' in answer && {
        content: { 'application/json': { schema: shapes.of(answer.body, 'output') } },
      }),
      ...('contentType' in answer && {
        content: { [answer.contentType]: { schema: { type: 'string' } } },
      }),
    },
  };
}

/** One response for each status, which names the codes that come with it. */
function problems(operation: Operation): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of allRefusals(operation)) {
    const status = errorStatus[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map(errorTitle).join(' · '),
        ...((status === 429 || codes.includes('REQUEST_IN_PROGRESS')) && {
          headers: { 'Retry-After': { $ref: '#/components/headers/retryAfter' } },
        }),
        content: {
          'application/problem+json': {
            schema: {
              allOf: [
                { $ref: '#/components/schemas/Problem' },
                {
                  type: 'object',
                  properties: {
                    code: { type: 'string', enum: codes },
                    status: { type: 'integer', const: status },
                  },
                },
              ],
            },
          },
        },
      },
    ]),
  );
}

/** Turns zod schemas into JSON Schema; shapes with a name are kept once and referred to. */
class Shapes {
  readonly #named: Record<string, Json> = {};

  add(name: string, schema: z.ZodType): void {
    this.#named[name] = this.of(schema, 'output');
  }

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, $defs, ...made } = this.#convert(schema, io);
    for (const [name, shape] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
      this.#named[name] = withoutId(shape);
    }
    const name = shapeNames.get(schema)?.id;
    if (!name) return made;
    // A named shape comes whole, or as a reference to itself among its own definitions.
    if (made.$ref === undefined) this.#named[name] = withoutId(made);
    return { $ref: `#/components/schemas/${name}` };
  }

  /** What stands in a path or a query is a text: its meaning is what the schema makes of it. */
  parameters(schema: z.ZodType<object>, place: 'path' | 'query'): Json[] {
    const { required = [] } = this.#convert(schema, 'input') as { required?: string[] };
    const { properties = {} } = this.#convert(schema, 'output') as {
      properties?: Record<string, Json>;
    };
    return Object.entries(properties).map(([name, { description, ...property }]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description ? { description } : {}),
      schema: property,
    }));
  }

  all(): Record<string, Json> {
    return Object.fromEntries(Object.entries(this.#named).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #convert(schema: z.ZodType, io: 'input' | 'output'): Json {
    const made = z.toJSONSchema(schema, {
      io,
      metadata: shapeNames,
      override({ zodSchema, jsonSchema }) {
        // Words and limits that a schema carries beside its name.
        Object.assign(jsonSchema, z.globalRegistry.get(zodSchema));
        // The format says the same in a word.
        if (jsonSchema.format) delete jsonSchema.pattern;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      },
    });
    return JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'));
  }
}

/** The name is the key already. */
function withoutId({ id: _, ...shape }: Json): Json {
  return shape;
}
