import type { Metadata } from 'next';
import { orNotFound } from '@/app/_server/or-not-found';
import { parseInput } from '@/app/_server/parse-input';
import type { PageAddress } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { likeImageAction } from '@/app/actions/characters';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { Gallery } from '@/components/studio/gallery';
import { ModelPanel } from '@/components/studio/model-panel';
import { studioModels } from '@/components/studio/studio-model';
import { EmptyState } from '@/components/ui/empty-state';
import { LinkButton } from '@/components/ui/link-button';
import { listImages } from '@/lib/characters/list-images.ts';
import { getTrainingPanel } from '@/lib/lora/get-training-panel.ts';
import { baseModels } from '@/lib/lora/rules/base-models.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Studio' };

export default async function StudioPage({ params }: PageAddress<{ id: string }>) {
  const { id } = await params;
  const user = await demandUser(paths.studio(id));
  const { panel, images } = await orNotFound(async () => {
    const { characterId } = parseInput(characterIdSchema, { characterId: id });
    const [panel, images] = await Promise.all([
      getTrainingPanel(user.id, characterId),
      listImages(user.id, characterId),
    ]);
    return { panel, images };
  });
  const { character } = panel;
  const ready = images.filter(({ state }) => state === 'ready').reverse();
  const models = studioModels(
    panel.models.map((model) => ({ ...model, supportsLora: baseModels[model.id].supportsLora })),
    panel.history,
  );
  return (
    <PageContainer width="gallery">
      <PageHeading title={character.name} isName lead={character.look} />
      <div className="grid items-start gap-8 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <ModelPanel character={character} models={models} />
        {ready.length > 0 ? (
          <Gallery images={ready} likeImage={likeImageAction} />
        ) : (
          <EmptyState
            title="No images yet"
            action={
              <LinkButton href={paths.wizard(character.id)}>Go to the profile set</LinkButton>
            }
          >
            Upload 5 or more, or finish the profile set.
          </EmptyState>
        )}
      </div>
    </PageContainer>
  );
}
