import type { Metadata } from 'next';
import { orNotFound } from '@/app/_server/or-not-found';
import { parseInput } from '@/app/_server/parse-input';
import { type PageAddress, single } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { likeImageAction, saveCaptionAction } from '@/app/actions/characters';
import { deleteInfluencerAction } from '@/app/actions/deletions';
import {
  cancelTrainingAction,
  dismissNewLikesAction,
  giveFeedbackAction,
  saveDraftAction,
  savePreferencesAction,
  startTrainingAction,
  withdrawConsentAction,
} from '@/app/actions/training';
import { DeleteInfluencer } from '@/components/deletions/delete-influencer';
import { TrainingDesk } from '@/components/lora/training-desk';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { getTrainingPanel } from '@/lib/lora/get-training-panel.ts';
import { hasEnded } from '@/lib/lora/rules/lifecycle.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Settings' };

export default async function SettingsPage({ params, searchParams }: PageAddress<{ id: string }>) {
  const { id } = await params;
  const historyPage = Number(single((await searchParams).page) ?? 1);
  const user = await demandUser(paths.settings(id));
  const panel = await orNotFound(async () => {
    const { characterId } = parseInput(characterIdSchema, { characterId: id });
    return getTrainingPanel(user.id, characterId, new Date(), historyPage);
  });
  return (
    <PageContainer>
      <PageHeading title={panel.character.name} isName />
      <TrainingDesk
        panel={panel}
        verbs={{
          startTraining: startTrainingAction,
          cancelTraining: cancelTrainingAction,
          savePreferences: savePreferencesAction,
          saveDraft: saveDraftAction,
          dismissNewLikes: dismissNewLikesAction,
          withdrawConsent: withdrawConsentAction,
          likeImage: likeImageAction,
          saveCaption: saveCaptionAction,
          giveFeedback: giveFeedbackAction,
        }}
      />
      <DeleteInfluencer
        characterId={panel.character.id}
        name={panel.character.name}
        training={panel.current && !hasEnded(panel.current.status) ? panel.current : null}
        deleteInfluencer={deleteInfluencerAction}
      />
    </PageContainer>
  );
}
