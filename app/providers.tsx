'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import dynamic from 'next/dynamic';
import { ThemeProvider, useTheme } from 'next-themes';
import { type ReactNode, useEffect, useState } from 'react';

// Toasts are late and small: their code loads after the page works.
const Toasts = dynamic(() => import('@/components/ui/toasts').then((module) => module.Toasts), {
  ssr: false,
});

/** What every page stands in: server state, theme and toasts. */
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
        disableTransitionOnChange
        nonce={nonce}
      >
        <ThemeColour />
        {children}
        <Toasts />
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
