import type { Metadata } from 'next';
import { orNotFound } from '@/app/_server/or-not-found';
import { parseInput } from '@/app/_server/parse-input';
import type { PageAddress } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { likeImageAction } from '@/app/actions/characters';
import {
  cancelTrainingAction,
  saveDraftAction,
  savePreferencesAction,
  startTrainingAction,
} from '@/app/actions/training';
import { TrainingDesk } from '@/components/lora/training-desk';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { getTrainingPanel } from '@/lib/lora/get-training-panel.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Settings' };

export default async function SettingsPage({ params }: PageAddress<{ id: string }>) {
  const { id } = await params;
  const user = await demandUser(paths.settings(id));
  const panel = await orNotFound(async () => {
    const { characterId } = parseInput(characterIdSchema, { characterId: id });
    return getTrainingPanel(user.id, characterId);
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
          likeImage: likeImageAction,
        }}
      />
    </PageContainer>
  );
}
