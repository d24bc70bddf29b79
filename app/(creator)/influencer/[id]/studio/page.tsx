import type { Metadata } from 'next';
import { orNotFound } from '@/app/_server/or-not-found';
import { parseInput } from '@/app/_server/parse-input';
import type { PageAddress } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { likeImageAction, removeImageAction } from '@/app/actions/characters';
import { generateImagesAction, restoreImageAction, retryImageAction } from '@/app/actions/studio';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { Studio } from '@/components/studio/studio';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';
import { paths } from '@/lib/paths.ts';
import { getStudio } from '@/lib/studio/get-studio.ts';
import { openGallery } from '@/lib/studio/list-gallery.ts';

export const metadata: Metadata = { title: 'Studio' };

export default async function StudioPage({ params }: PageAddress<{ id: string }>) {
  const { id } = await params;
  const user = await demandUser(paths.studio(id));
  const { view, gallery } = await orNotFound(async () => {
    const { characterId } = parseInput(characterIdSchema, { characterId: id });
    const [view, gallery] = await Promise.all([
      getStudio(user.id, characterId),
      openGallery(user.id, characterId),
    ]);
    return { view, gallery };
  });
  const { character } = view;
  return (
    <PageContainer width="gallery">
      <PageHeading title={character.name} isName lead={character.look} />
      <Studio
        key={character.id}
        view={view}
        gallery={gallery}
        verbs={{
          generateImages: generateImagesAction,
          retryImage: retryImageAction,
          likeImage: likeImageAction,
          removeImage: removeImageAction,
          restoreImage: restoreImageAction,
        }}
      />
    </PageContainer>
  );
}
