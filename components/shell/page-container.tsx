import type { ReactNode } from 'react';
import { joinClasses } from '../ui/join-classes';
import { contentId } from './skip-link';

interface PageContainerProps {
  /** `reading` 680 px for forms and text, `panel` 960, `gallery` 1,600 for pictures. */
  width?: 'reading' | 'panel' | 'gallery';
  className?: string;
  children: ReactNode;
}

const widths = { reading: 'max-w-reading', panel: 'max-w-panel', gallery: 'max-w-gallery' };

/** The main part of a page. One a page. */
export function PageContainer({ width = 'panel', className, children }: PageContainerProps) {
  return (
    <main id={contentId} tabIndex={-1} className="w-full px-gutter pt-6 pb-18 sm:pt-8">
      <div className={joinClasses('mx-auto', widths[width], className)}>{children}</div>
    </main>
  );
}
