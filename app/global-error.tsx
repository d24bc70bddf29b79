'use client';

import { latin, latinExtended } from './fonts';
import './globals.css';

/**
 * The last resort, when even the frame of all pages failed. It stands alone: no providers, no
 * script needed; the form asks for the same address again.
 */
export default function GlobalError({ error }: { error: unknown }) {
  const id = error instanceof Error && 'digest' in error ? String(error.digest) : null;
  return (
    <html lang="en" className={`${latin.variable} ${latinExtended.variable}`}>
      <head>
        <title>Something failed · Likeness</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
      </head>
      <body>
        <main className="mx-auto flex min-h-dvh max-w-reading flex-col justify-center px-gutter py-12">
          <h1 className="text-page narrow">We can't show Likeness right now</h1>
          <p className="mt-2 max-w-measure text-ink-2">
            Your images, models and credits are safe. Trainings that run go on running.
          </p>
          <form className="mt-6">
            <button
              type="submit"
              className="inline-flex min-h-target-large items-center rounded-control bg-accent px-4 font-medium text-on-accent hover:bg-accent-hover"
            >
              Try again
            </button>
          </form>
          {id && (
            <p className="mt-6 text-small text-ink-3">
              Error id <code className="font-mono text-ink-2 select-all">{id}</code>
            </p>
          )}
        </main>
      </body>
    </html>
  );
}
