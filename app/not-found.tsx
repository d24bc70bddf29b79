import type { Metadata } from 'next';
import { MessagePage } from '@/components/shell/message-page';
import { PublicHeader } from '@/components/shell/public-header';
import { LinkButton } from '@/components/ui/link-button';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <>
      <PublicHeader />
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
    </>
  );
}
