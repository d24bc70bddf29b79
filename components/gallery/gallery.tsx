'use client';

import dynamic from 'next/dynamic';
import type { ReactNode } from 'react';
import type { GroupName, PageState } from './catalogue';

// Everything that is shown comes with the first look at a state.
const GalleryState = dynamic(
  () => import('./gallery-state').then((module) => module.GalleryState),
  { ssr: false },
);

interface GalleryProps {
  group: GroupName;
  state: string;
  /** What the pages of the application hand in. */
  pages: Record<PageState, ReactNode>;
}

/** One state of one panel, as its page shows it. */
export function Gallery(props: GalleryProps) {
  return <GalleryState {...props} />;
}
