import type { Metadata } from 'next';
import { demandUser } from '@/app/_server/session';
import { ReceiptPanel } from '@/components/deletions/receipt-panel';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { EmptyState } from '@/components/ui/empty-state';
import { listReceipts } from '@/lib/deletions/receipts.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Deleted influencers' };

export default async function DeletionsPage() {
  const user = await demandUser(paths.deletions());
  const receipts = await listReceipts(user.id);
  return (
    <PageContainer width="reading">
      <PageHeading
        title="Deleted influencers"
        back={{ href: paths.account(), label: 'Account' }}
        lead="A receipt for each. Names are deleted too, so receipts have none."
      />
      <div className="flex flex-col gap-6">
        {receipts.map((receipt) => (
          <ReceiptPanel key={receipt.id} receipt={receipt} />
        ))}
        {receipts.length === 0 && (
          <EmptyState title="Nothing was deleted">
            When you delete an influencer, its receipt is here.
          </EmptyState>
        )}
      </div>
    </PageContainer>
  );
}
