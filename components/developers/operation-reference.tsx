import { ChevronRight } from 'lucide-react';
import { curlExample } from '@/lib/api/rules/curl-example';
import { errorAnchor } from '@/lib/api/rules/error-notes';
import { allRefusals, type Operation } from '@/lib/api/rules/operation';
import { outlineSchema } from '@/lib/api/rules/schema-outline';
import { Panel } from '../ui/panel';
import { CodeBlock } from './code-block';
import { WithCode } from './with-code';

interface OperationReferenceProps {
  operation: Operation;
  origin: string;
  /** As the OpenAPI document has it. */
  described: {
    parameters?: { name?: string; in?: string; required?: boolean; schema?: object }[];
    requestBody?: { content: Record<string, { schema: object }> };
    responses?: Record<string, { content?: Record<string, { schema?: object }> }>;
  };
}

/** One operation: what it does, how to ask for it, what comes back. */
export function OperationReference({ operation, origin, described }: OperationReferenceProps) {
  const { id, method, path, summary, description, answer } = operation;
  const body = described.requestBody?.content['application/json']?.schema;
  const answered = described.responses?.[answer.status]?.content?.['application/json']?.schema;
  const parameters = (described.parameters ?? []).filter(({ name }) => name);
  return (
    <Panel
      level={3}
      title={<span id={id}>{summary}</span>}
      description={
        <code className="font-mono break-all">
          <strong className="font-semibold text-ink">{method}</strong> {path}
        </code>
      }
    >
      {description && (
        <p className="mb-3 max-w-measure text-ink-2">
          <WithCode>{description}</WithCode>
        </p>
      )}
      <details className="group">
        <summary className="inline-flex min-h-target cursor-pointer items-center gap-1 rounded-control text-small font-medium text-accent">
          <ChevronRight className="size-4 group-open:rotate-90" aria-hidden="true" />
          How to ask and what comes back
          <span className="sr-only">, {summary}</span>
        </summary>
        <div className="mt-3 flex flex-col gap-4">
          <CodeBlock label={`${summary}, as a command`}>{curlExample(operation, origin)}</CodeBlock>
          {parameters.length > 0 && (
            <div>
              <h4 className="mb-1 text-small font-medium">Parameters</h4>
              <ul className="flex flex-col gap-1 text-small text-ink-2">
                {parameters.map(({ name, in: place, required, schema }) => (
                  <li key={name}>
                    <code className="font-mono text-ink">{name}</code> in the {place}:{' '}
                    <code className="font-mono">{outlineSchema(schema)}</code>
                    {required ? '' : ', may be left out'}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {body && <Part title="Body" label={`Body of ${id}`} text={outlineSchema(body)} />}
          {answered ? (
            <Part
              title={`${answer.status}: ${answer.description}`}
              label={`Answer of ${id}`}
              text={outlineSchema(answered)}
            />
          ) : (
            <p className="text-small">
              <span className="font-medium">{answer.status}:</span> {answer.description}
            </p>
          )}
          <div>
            <h4 className="mb-1 text-small font-medium">Refusals</h4>
            <ul className="flex flex-wrap gap-x-3 gap-y-1 text-small">
              {allRefusals(operation).map((code) => (
                <li key={code}>
                  <a className="text-link font-mono" href={`#${errorAnchor(code)}`}>
                    {code}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        </div>
      </details>
    </Panel>
  );
}

function Part({ title, label, text }: { title: string; label: string; text: string }) {
  return (
    <div>
      <h4 className="mb-1 text-small font-medium">{title}</h4>
      <CodeBlock label={label}>{text}</CodeBlock>
    </div>
  );
}
