'use client';

import { useQueryClient } from '@tanstack/react-query';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { Link } from '../ui/link';
import { Notice } from '../ui/notice';
import type { Refusal } from './verb-result';

/** Why it was not done, in its place, with the way on; takes the focus when it appears. */
export function RefusalNotice({ refusal, className }: { refusal: Refusal; className?: string }) {
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (refusal) box.current?.focus();
  }, [refusal]);

  return (
    <div ref={box} tabIndex={-1} className={className}>
      <Notice
        tone="bad"
        announce="alert"
        title={refusal.sentence}
        actions={hasOwnWayOut(refusal) && <WayOut {...refusal} />}
      >
        {!hasOwnWayOut(refusal) && `${refusal.wayOut}.`}
      </Notice>
    </div>
  );
}

const reloading = ['IMAGE_NOT_AVAILABLE', 'REQUEST_REUSED', 'TRAINING_OPEN', 'TRAINING_ENDED'];

function hasOwnWayOut({ code }: Refusal): boolean {
  return ['NOT_ENOUGH_CREDITS', 'SIGNED_OUT', ...reloading].includes(code);
}

/** Of a refusal that has one. */
function WayOut({ code, wayOut, details }: Refusal) {
  const search = useSearchParams().toString();
  const here = usePathname() + (search && `?${search}`);
  const router = useRouter();
  const queries = useQueryClient();
  if (code === 'NOT_ENOUGH_CREDITS') {
    return (
      <Link
        className="text-link"
        href={paths.buyCredits({ back: here, missing: Number(details.missing ?? 0) })}
      >
        {wayOut}
      </Link>
    );
  }
  if (code === 'SIGNED_OUT') {
    return (
      <Link className="text-link" href={paths.signIn(here)}>
        {wayOut}
      </Link>
    );
  }
  return (
    <Button
      size="small"
      onClick={() => {
        router.refresh();
        void queries.invalidateQueries();
      }}
    >
      {wayOut}
    </Button>
  );
}
