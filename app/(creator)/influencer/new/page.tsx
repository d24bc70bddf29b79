import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { type PageAddress, single } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { createCharacterAction } from '@/app/actions/characters';
import { NewCharacterForm } from '@/components/characters/new-character-form';
import { WizardSteps } from '@/components/characters/wizard-steps';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'New influencer' };

export default async function NewInfluencerPage({ searchParams }: PageAddress) {
  await demandUser(paths.newInfluencer());
  const made = characterIdSchema.safeParse({ characterId: single((await searchParams).made) });
  if (made.success) redirect(paths.wizard(made.data.characterId, 'name'));
  return (
    <PageContainer>
      <PageHeading
        title="New influencer"
        back={{ href: paths.influencers(), label: 'Influencers' }}
      />
      <WizardSteps present="name" reachable={[]} done={[]} href={paths.influencers} />
      <NewCharacterForm create={createCharacterAction} cancelHref={paths.influencers()} />
    </PageContainer>
  );
}
