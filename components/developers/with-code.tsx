import { Fragment } from 'react';

/** A sentence in which what stands between backticks is code. */
export function WithCode({ children }: { children: string }) {
  return children.split('`').map((part, index) => {
    const key = `${index}:${part}`;
    return index % 2 === 1 ? (
      <code key={key} className="font-mono text-ink">
        {part}
      </code>
    ) : (
      <Fragment key={key}>{part}</Fragment>
    );
  });
}
