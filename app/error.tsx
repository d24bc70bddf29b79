'use client';

import { ErrorId } from '@/components/shell/error-id';
import { MessagePage } from '@/components/shell/message-page';
import { Button } from '@/components/ui/button';
import { LinkButton } from '@/components/ui/link-button';
import { paths } from '@/lib/paths.ts';

/** A page that failed while it was made. `digest` is the id under which the server logged it. */
export default function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  const id = digestOf(error);
  return (
    <MessagePage
      title="We can't show this page right now"
      actions={
        <>
          <Button variant="primary" onClick={retry}>
            Try again
          </Button>
          <LinkButton href={paths.influencers()} variant="quiet">
            Go to your influencers
          </LinkButton>
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
