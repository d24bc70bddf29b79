import { errorAnchor, errorNotes, errorTitle } from '@/lib/api/rules/error-notes';
import { wordError } from '@/lib/error-messages';
import { type ErrorCode, errorStatus } from '@/lib/errors';
import { Panel } from '../ui/panel';

/** Every closed code: its status, when it is sent, what it says by an example. */
export function ErrorReference({ headingId }: { headingId: string }) {
  const codes = (Object.keys(errorStatus) as ErrorCode[]).sort(
    (one, other) => errorStatus[one] - errorStatus[other] || (one < other ? -1 : 1),
  );
  return (
    <Panel
      title="Errors"
      headingId={headingId}
      description="The list is closed: a program can tell them apart by the code. The type of a problem leads here."
    >
      <dl className="flex flex-col">
        {codes.map((code) => {
          const { when, details = {} } = errorNotes[code];
          const { sentence, wayOut } = wordError(code, details);
          return (
            <div
              key={code}
              id={errorAnchor(code)}
              className="scroll-mt-4 border-t border-line py-3 target:bg-accent-soft sm:grid sm:grid-cols-[17rem_1fr] sm:gap-x-6"
            >
              <dt className="min-w-0">
                <code className="font-mono text-small font-medium break-all">{code}</code>
                <p className="text-small text-ink-3">
                  {errorStatus[code]} · {errorTitle(code)}
                </p>
              </dt>
              <dd className="min-w-0 max-sm:mt-1">
                <p>{when}</p>
                <p className="mt-0.5 text-small text-ink-2">
                  “{sentence}” {wayOut}.
                </p>
                {Object.keys(details).length > 0 && (
                  <p className="mt-0.5 text-small text-ink-3">
                    <code className="font-mono break-all">details: {JSON.stringify(details)}</code>
                  </p>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </Panel>
  );
}
