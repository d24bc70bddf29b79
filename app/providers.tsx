'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ThemeProvider, useTheme } from 'next-themes';
import { type ReactNode, useEffect, useState } from 'react';

/** What every page stands in: server state and theme. */
export function Providers({ nonce, children }: { nonce?: string; children: ReactNode }) {
  const [queryClient] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 2_000, retry: 2 } } }),
  );
  return (
    <QueryClientProvider client={queryClient}>
      <ThemeProvider
        attribute="data-theme"
        defaultTheme="system"
        enableColorScheme={false}
        nonce={nonce}
      >
        <ThemeColour />
        <ThemeAtOnce />
        {children}
      </ThemeProvider>
    </QueryClientProvider>
  );
}

/** Keeps the browser's own bar in the colour of the page when the theme is chosen by hand. */
function ThemeColour() {
  const { resolvedTheme } = useTheme();
  useEffect(() => {
    if (!resolvedTheme) return;
    const ground = resolvedTheme === 'dark' ? '#0d0e10' : '#f9f9f8';
    for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
      meta.setAttribute('content', ground);
    }
  }, [resolvedTheme]);
  return null;
}

/**
 * Nothing fades from one theme into the other, whoever changes it. The library's own way of seeing
 * to that would style the whole page twice at every load.
 */
function ThemeAtOnce() {
  useEffect(() => {
    const root = document.documentElement;
    const observer = new MutationObserver(([change]) => {
      if (change?.oldValue === root.dataset.theme) return;
      root.toggleAttribute('data-still', true);
      // Asked for, the new colours are there before anything may move again.
      getComputedStyle(document.body).getPropertyValue('color');
      root.toggleAttribute('data-still', false);
    });
    observer.observe(root, { attributeFilter: ['data-theme'], attributeOldValue: true });
    return () => observer.disconnect();
  }, []);
  return null;
}
