import { Plus } from 'lucide-react';
import type { Metadata } from 'next';
import { demandUser } from '@/app/_server/session';
import { CharacterList } from '@/components/characters/character-list';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { EmptyState } from '@/components/ui/empty-state';
import { LinkButton } from '@/components/ui/link-button';
import { listCharacters } from '@/lib/characters/list-characters.ts';
import { env } from '@/lib/env.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Influencers' };

export default async function InfluencersPage() {
  const user = await demandUser(paths.influencers());
  const characters = await listCharacters(user.id);
  const create = (
    <LinkButton href={paths.newInfluencer()} variant="primary" icon={<Plus aria-hidden="true" />}>
      New influencer
    </LinkButton>
  );
  return (
    <PageContainer width="gallery">
      <PageHeading title="Influencers" actions={characters.length > 0 && create} />
      {characters.length > 0 ? (
        <CharacterList characters={characters} sandbox={env().GPU_PROVIDER === 'sandbox'} />
      ) : (
        <EmptyState title="No influencers yet" action={create}>
          An influencer is one face: your pictures of it, and the model that learns it. Start with a
          name.
        </EmptyState>
      )}
    </PageContainer>
  );
}
