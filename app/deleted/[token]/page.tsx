import type { Metadata } from 'next';
import { orNotFound } from '@/app/_server/or-not-found';
import type { PageAddress } from '@/app/_server/search-params';
import { ReceiptPanel } from '@/components/deletions/receipt-panel';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { PublicHeader } from '@/components/shell/public-header';
import { openReceipt } from '@/lib/deletions/receipts.ts';

/** The address is the key: it goes to nobody by a link that is followed from here. */
export const metadata: Metadata = { title: 'Account deleted', referrer: 'no-referrer' };

/** The receipt of a deleted account, for whoever has its link. Nobody can sign in to see it. */
export default async function DeletedAccountPage({ params }: PageAddress<{ token: string }>) {
  const { token } = await params;
  const receipt = await orNotFound(() => openReceipt(token));
  return (
    <>
      <PublicHeader />
      <PageContainer width="reading">
        <PageHeading
          title="Your account is deleted"
          lead="This page is the receipt. Only its address leads here, so keep it if you may need it."
        />
        <ReceiptPanel receipt={receipt} />
      </PageContainer>
    </>
  );
}
