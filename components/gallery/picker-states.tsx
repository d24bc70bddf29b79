'use client';

import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { useLikes } from '../characters/use-likes';
import { firstChoice } from '../lora/first-choice';
import { StartTraining } from '../lora/start-training';
import { useTrainingChoice } from '../lora/use-training-choice';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import { Panel } from '../ui/panel';
import type { StateName } from './catalogue';
import { brokenPictureUrl, idOf, instant } from './facts';
import { chosenIds, panelView, trainableImages } from './panel-view';
import type { ShownState } from './shown-state';
import { does, done } from './stand-in-verbs';

const saveDraft = does({ version: instant(0) });

/** The panel of the settings in which images are chosen. */
function PickerStage({ panel }: { panel: TrainingPanelView }) {
  const training = useTrainingChoice(panel.character.id, firstChoice(panel), saveDraft);
  const likes = useLikes(done);
  return (
    <PageContainer>
      <PageHeading title={panel.character.name} isName />
      <Panel
        title="Images for the next training"
        description="The selected images teach the model the face. Different angles, light and expressions help most."
      >
        <StartTraining
          panel={panel}
          training={training}
          likes={likes}
          startTraining={does(null)}
          saveCaption={done}
          retrain={false}
          newLikeCount={0}
          secondary={false}
          onStarted={() => {}}
        />
      </Panel>
    </PageContainer>
  );
}

function picker(
  number: number,
  images: TrainingPanelView['images'],
  chosen: number,
  changes: Partial<TrainingPanelView> = {},
): ShownState {
  const panel = panelView({
    number,
    images,
    chosen,
    balance: { totalCredits: 120_000, reservedCredits: 0, availableCredits: 120_000 },
  });
  return {
    content: <PickerStage panel={{ ...panel, ...changes }} />,
    balance: panel.balance,
  };
}

const twenty = trainableImages(20);

export const pickerStates: Record<StateName<'picker'>, ShownState> = {
  'no-images': picker(400, [], 0),
  none: picker(401, twenty, 0),
  'four-of-five': picker(402, twenty, 4),
  'twelve-chosen': picker(403, twenty, 12),
  'fifty-reached': picker(404, trainableImages(60), 50),
  thousand: { ...picker(405, trainableImages(1_000), 12), scrolled: true },
  'some-deleted': picker(406, twenty, 0, {
    selection: {
      baseModel: 'z-image-turbo',
      imageIds: [...chosenIds(8), idOf('image', 9_001), idOf('image', 9_002)],
      saved: true,
    },
  }),
  'filter-without-match': {
    ...picker(
      407,
      twenty.map((image) => ({ ...image, liked: false })),
      6,
    ),
    presses: ['Liked'],
    awaits: 'No liked images.',
  },
  'thumbnail-failed': {
    ...picker(
      408,
      twenty.map((image) =>
        image.number % 4 === 2 ? { ...image, thumbnailUrl: brokenPictureUrl } : image,
      ),
      6,
    ),
    awaits: "Didn't load",
  },
  'chosen-list': { ...picker(409, twenty, 12), presses: ['Show chosen images'] },
  preview: { ...picker(410, twenty, 12), presses: ['Enlarge image 5'] },
};
