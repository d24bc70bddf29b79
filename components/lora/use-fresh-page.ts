'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** A page that was out of sight is read again when it is seen: another tab may have changed things. */
export function useFreshPage(): void {
  const router = useRouter();
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') router.refresh();
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [router]);
}
