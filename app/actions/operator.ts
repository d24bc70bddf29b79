'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { nothingSchema } from '@/lib/accounts/schemas.ts';
import { pauseTrainings, resumeTrainings } from '@/lib/lora/pause-trainings.ts';
import { pauseTrainingsSchema } from '@/lib/lora/rules/schemas.ts';

export async function pauseTrainingsAction(input: unknown) {
  return creatorAction(
    'pauseTrainings',
    pauseTrainingsSchema,
    (ctx, { reason }, { email: by }) => pauseTrainings(ctx, { by, reason }),
    input,
    { operatorsOnly: true },
  );
}

export async function resumeTrainingsAction(input: unknown) {
  return creatorAction(
    'resumeTrainings',
    nothingSchema,
    (ctx, _, { email: by }) => resumeTrainings(ctx, { by }),
    input,
    { operatorsOnly: true },
  );
}
