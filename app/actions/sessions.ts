'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { demandSessionId } from '@/app/_server/session';
import { changePassword } from '@/lib/accounts/change-password.ts';
import { changePasswordSchema, nothingSchema, sessionIdSchema } from '@/lib/accounts/schemas.ts';
import { endOtherSessions, endOwnSession } from '@/lib/accounts/sessions.ts';

export async function endSessionAction(input: unknown) {
  return creatorAction('endSession', sessionIdSchema, endOwnSession, input);
}

/** Everywhere but here. */
export async function endOtherSessionsAction(input: unknown) {
  return creatorAction(
    'endOtherSessions',
    nothingSchema,
    async (ctx) => endOtherSessions(ctx, { exceptId: await demandSessionId() }),
    input,
  );
}

export async function changePasswordAction(input: unknown) {
  return creatorAction(
    'changePassword',
    changePasswordSchema,
    async (ctx, asked) => changePassword(ctx, { ...asked, sessionId: await demandSessionId() }),
    input,
  );
}
