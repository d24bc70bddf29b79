'use client';

import { ErrorId } from '@/components/shell/error-id';
import { MessagePage } from '@/components/shell/message-page';
import { buttonClasses } from '@/components/ui/button-style';
import { paths } from '@/lib/paths.ts';

/**
 * A page that failed while it was made. `digest` is the id under which the server logged it. Every
 * page brings this one along, so it is made of plain elements.
 */
export default function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  const id = digestOf(error);
  return (
    <MessagePage
      title="We can't show this page right now"
      actions={
        <>
          <button type="button" className={buttonClasses({ variant: 'primary' })} onClick={retry}>
            Try again
          </button>
          {/* A document of its own, which leaves behind what failed. */}
          <a href={paths.influencers()} className={buttonClasses({ variant: 'quiet' })}>
            Go to your influencers
          </a>
        </>
      }
      footnote={id && <ErrorId id={id} />}
    >
      Your images, models and credits are safe. Trainings that run go on running.
    </MessagePage>
  );
}

function digestOf(error: unknown): string | null {
  return error instanceof Error && 'digest' in error && typeof error.digest === 'string'
    ? error.digest
    : null;
}
