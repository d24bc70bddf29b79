'use client';

import PageError from '@/app/error';

const error = Object.assign(new Error('Shown in the gallery.'), { digest: '3141592653' });

/** The page for what failed on the server, with the id it was logged under. */
export function FailedPage() {
  return <PageError error={error} retry={() => location.reload()} />;
}
