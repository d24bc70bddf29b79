import { db } from '../db.ts';
import { env } from '../env.ts';

/** The sample data's account. Its password is known to everybody: it exists in sandboxes only. */
export const demoAccount = {
  email: 'demo@likeness.local',
  password: 'contact-sheet-in-a-quiet-room',
} as const;

/** The demo account where somebody may be offered it: a sandbox with sample data; else null. */
export async function findDemoAccount(): Promise<typeof demoAccount | null> {
  if (env().GPU_PROVIDER !== 'sandbox' || !env().SAMPLE_DATA) return null;
  const { email } = demoAccount;
  const user = await db().user.findUnique({ where: { email }, select: { id: true } });
  return user ? demoAccount : null;
}
