import { redirect } from 'next/navigation';
import { currentUser } from '@/app/_server/session';
import { Landing } from '@/components/shell/landing';
import { paths } from '@/lib/paths.ts';

/** Signed-in people go straight to their influencers. */
export default async function Home() {
  if (await currentUser()) redirect(paths.influencers());
  return <Landing />;
}
