import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import CreatorNotFound from '@/app/(creator)/not-found';
import { catalogue, findState, groupNames, wordSlug } from '@/components/gallery/catalogue.ts';
import { Gallery } from '@/components/gallery/gallery';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { env } from '@/lib/env.ts';
import { FailedPage } from './failed-page';

export const metadata: Metadata = { title: 'Gallery' };

/**
 * Every state of every panel, each at its own address, with made-up data: for whoever changes how
 * something looks, and for the tests that photograph them. There is nothing here unless GALLERY says so.
 */
export default async function GalleryPage({ params }: { params: Promise<{ state?: string[] }> }) {
  if (!env().GALLERY) notFound();
  const { state: segments = [] } = await params;
  if (segments.length === 0) return <Index />;
  const found = findState(segments);
  if (!found) notFound();
  return (
    <Gallery
      {...found}
      pages={{ 'not-found': <CreatorNotFound />, 'error-with-id': <FailedPage /> }}
    />
  );
}

function Index() {
  return (
    <PageContainer>
      <PageHeading title="Gallery" lead="Every state of every panel, with made-up data." />
      <ul className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
        {groupNames.map((group) => (
          <li key={group}>
            <h2 className="font-semibold">{wordSlug(group)}</h2>
            <ul>
              {catalogue[group].map((state) => (
                <li key={state}>
                  {/* A page of its own each: what one state leaves in the tab must not reach the next. */}
                  <a
                    href={`/gallery/${group}/${state}`}
                    className="text-link inline-flex min-h-target items-center"
                  >
                    {wordSlug(state)}
                  </a>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </PageContainer>
  );
}
