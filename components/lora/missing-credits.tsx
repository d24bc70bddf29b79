import { formatCount } from '@/lib/format';
import { paths } from '@/lib/paths';
import { Link } from '../ui/link';

/** "You need 4,000 more credits." with the way to them and back. */
export function MissingCredits({ missing, back }: { missing: number; back: string }) {
  return (
    <>
      You need {formatCount(missing, 'more credit', 'more credits')}.{' '}
      <Link href={paths.buyCredits({ back, missing })} className="text-link">
        Buy credits
      </Link>
    </>
  );
}
