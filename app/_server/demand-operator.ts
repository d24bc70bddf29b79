import { notFound } from 'next/navigation';
import type { SignedInUser } from '@/lib/accounts/sessions.ts';
import { noteAct } from '@/lib/acts/record-act.ts';
import { demandUser } from './session';

/** Who is signed in, if it is an operator; for everybody else the page does not exist. */
export async function demandOperator(here: string): Promise<SignedInUser> {
  const user = await demandUser(here);
  if (!(await isOperator(user))) notFound();
  return user;
}

/** Whether somebody is an operator; who is not has tried, and that is written down. */
export async function isOperator({ id: userId, role }: SignedInUser): Promise<boolean> {
  if (role === 'operator') return true;
  await noteAct({ kind: 'operator.refused', by: { kind: 'creator', userId }, userId });
  return false;
}
