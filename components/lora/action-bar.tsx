'use client';

import { type ReactNode, useEffect, useRef } from 'react';

/**
 * The bar at the foot of a panel: stays in sight while the panel does, and tells the page its
 * height, so that what gets focus is never under it.
 */
export function ActionBar({ summary, children }: { summary: ReactNode; children: ReactNode }) {
  const bar = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    // Not as a variable: every element of the page would inherit it, and be styled once more.
    const { style } = document.documentElement;
    const observer = new ResizeObserver(() => {
      style.scrollPaddingBottom = `calc(${element.offsetHeight}px + 1rem)`;
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      style.scrollPaddingBottom = '';
    };
  }, []);

  return (
    <div
      ref={bar}
      className="sticky bottom-0 z-footer -mx-4 -mb-4 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-b-panel border-t border-line bg-surface px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:-mx-6 sm:-mb-6 sm:min-h-footer sm:px-6 sm:py-3"
    >
      <div className="min-w-0 flex-1 basis-56 tabular-nums sm:basis-84">{summary}</div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 max-sm:w-full sm:ml-auto sm:justify-end sm:max-lg:max-w-88 max-sm:*:w-full max-sm:[&_button]:w-full">
        {children}
      </div>
    </div>
  );
}
