import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { orNotFound } from '@/app/_server/or-not-found';
import { parseInput } from '@/app/_server/parse-input';
import { type PageAddress, single } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import {
  completeProfileSetAction,
  likeImageAction,
  removeImageAction,
  requestProfileSetAction,
  saveCaptionAction,
  saveCharacterAction,
} from '@/app/actions/characters';
import {
  cancelTrainingAction,
  saveDraftAction,
  savePreferencesAction,
} from '@/app/actions/training';
import { type WizardStepId, WizardSteps, wizardSteps } from '@/components/characters/wizard-steps';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { getCharacter } from '@/lib/characters/get-character.ts';
import { listImages } from '@/lib/characters/list-images.ts';
import { chooseGenerator } from '@/lib/generation/choose-generator.ts';
import { getTrainingPanel } from '@/lib/lora/get-training-panel.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';
import { paths } from '@/lib/paths.ts';
import { NameStep, OtherSteps, ProfileSetStep, TrainingFollowUp, TrainingStep } from './steps';

export const metadata: Metadata = { title: 'Set up' };

/** So long after completing the set a training that was asked for may still be on its way. */
const justNowMs = 30_000;

export default async function WizardPage({ params, searchParams }: PageAddress<{ id: string }>) {
  const { id } = await params;
  const user = await demandUser(paths.wizard(id));
  const character = await orNotFound(async () => {
    const { characterId } = parseInput(characterIdSchema, { characterId: id });
    return getCharacter(user.id, characterId);
  });
  const complete = character.profileSetCompletedAt !== null;
  const reachable: WizardStepId[] = ['name', 'images', complete ? 'done' : 'training'];

  const href = (step: WizardStepId) => paths.wizard(id, step);
  const asked = single((await searchParams).step);
  const step =
    wizardSteps.find((known) => known.id === asked)?.id ?? (complete ? 'done' : 'images');
  if (!reachable.includes(step)) redirect(href(complete ? 'done' : 'training'));

  return (
    <PageContainer width={step === 'images' ? 'gallery' : 'panel'}>
      <PageHeading title={character.name} isName />
      <WizardSteps
        present={step}
        reachable={reachable}
        done={
          complete
            ? ['name', 'images', 'training', 'done']
            : step === 'training'
              ? ['name', 'images']
              : ['name']
        }
        href={href}
      />
      {step === 'name' ? (
        <NameStep
          characterId={id}
          name={character.name}
          look={character.look}
          saveCharacter={saveCharacterAction}
          nextHref={href('images')}
        />
      ) : step === 'images' ? (
        <ProfileSetStep
          characterId={id}
          name={character.name}
          // What was made in the studio is not part of the set.
          images={(await listImages(user.id, id)).filter(
            ({ inProfileSet, source }) => inProfileSet || source === 'upload',
          )}
          profileSetComplete={complete}
          sandboxGenerator={chooseGenerator().id === 'sandbox'}
          verbs={{
            requestProfileSet: requestProfileSetAction,
            likeImage: likeImageAction,
            saveCaption: saveCaptionAction,
            removeImage: removeImageAction,
          }}
          next={
            complete
              ? { href: paths.settings(id), label: 'Go to the settings' }
              : { href: href('training'), label: 'Continue to LoRA training' }
          }
        />
      ) : step === 'training' ? (
        <TrainingStep
          panel={await getTrainingPanel(user.id, id)}
          verbs={{
            completeProfileSet: completeProfileSetAction,
            savePreferences: savePreferencesAction,
            saveDraft: saveDraftAction,
            likeImage: likeImageAction,
            saveCaption: saveCaptionAction,
          }}
        />
      ) : (
        <TrainingFollowUp
          panel={await getTrainingPanel(user.id, id)}
          expected={Date.now() - Date.parse(character.profileSetCompletedAt ?? '') < justNowMs}
          cancelTraining={cancelTrainingAction}
        />
      )}
      <OtherSteps />
    </PageContainer>
  );
}
