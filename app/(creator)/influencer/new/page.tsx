import type { Metadata } from 'next';
import { demandUser } from '@/app/_server/session';
import { createCharacterAction } from '@/app/actions/characters';
import { NewCharacterForm } from '@/components/characters/new-character-form';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'New influencer' };

export default async function NewInfluencerPage() {
  await demandUser(paths.newInfluencer());
  return (
    <PageContainer width="reading">
      <PageHeading
        title="New influencer"
        lead="Who is it going to be? The pictures come next."
        back={{ href: paths.influencers(), label: 'Influencers' }}
      />
      <NewCharacterForm create={createCharacterAction} cancelHref={paths.influencers()} />
    </PageContainer>
  );
}
