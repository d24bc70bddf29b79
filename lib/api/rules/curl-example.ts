import { type Operation, takesIdempotencyKey } from './operation.ts';

/** A line for a shell that asks for the operation; what is different for everybody is a variable. */
export function curlExample(operation: Operation, origin: string): string {
  const { method, path, example, body, answer } = operation;
  const query = new URLSearchParams(example?.query).toString();
  const address = `${origin}${path.replace(/\{(\w+)\}/g, (_, name) => variable(name))}`;
  const leadsOn = answer.status === 302 || answer.status === 303;
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`}${leadsOn ? ' -LOJ' : ''} "${address}${query && `?${query}`}"`,
    '-H "Authorization: Bearer $LIKENESS_TOKEN"',
    ...(takesIdempotencyKey(method) ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...(body
      ? [
          '-H "Content-Type: application/json"',
          `-d '${JSON.stringify(example?.body ?? {}).replaceAll("'", "'\\''")}'`,
        ]
      : []),
  ].join(' \\\n  ');
}

/** loraModelId → $LORA_MODEL_ID. */
function variable(name: string): string {
  return `$${name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}`;
}
