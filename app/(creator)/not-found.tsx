import type { Metadata } from 'next';
import { MessagePage } from '@/components/shell/message-page';
import { LinkButton } from '@/components/ui/link-button';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Not found' };

export default function CreatorNotFound() {
  return (
    <MessagePage
      title="There is nothing here"
      actions={
        <LinkButton href={paths.influencers()} variant="primary">
          Go to your influencers
        </LinkButton>
      }
    >
      The address may be mistyped, or what was here has been deleted.
    </MessagePage>
  );
}
