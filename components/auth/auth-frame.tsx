import type { ReactNode } from 'react';
import { ContactSheetArt } from '../shell/contact-sheet-art';
import { contentId, SkipLink } from '../shell/skip-link';
import { Wordmark } from '../shell/wordmark';
import { Link } from '../ui/link';
import { ThemeToggle } from '../ui/theme-toggle';

interface AuthFrameProps {
  /** "Sign in". */
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}

/** The page around the auth forms: the form on the ground, a contact sheet on the well beside it. */
export function AuthFrame({ title, lead, children }: AuthFrameProps) {
  return (
    <>
      <SkipLink />
      <div className="grid min-h-dvh lg:grid-cols-[minmax(28rem,1fr)_minmax(0,1.2fr)]">
        <div className="flex flex-col px-gutter">
          <header className="flex min-h-16 items-center justify-between gap-4">
            <Link href="/" className="flex min-h-target items-center rounded-control">
              <Wordmark />
            </Link>
            <ThemeToggle />
          </header>
          <main
            id={contentId}
            tabIndex={-1}
            className="mx-auto flex w-full max-w-96 flex-1 flex-col justify-center py-8 sm:pb-18"
          >
            <h1 className="text-page narrow">{title}</h1>
            {lead && <p className="mt-1 text-pretty text-ink-2">{lead}</p>}
            <div className="mt-6">{children}</div>
          </main>
        </div>
        <div className="hidden h-dvh items-center overflow-hidden border-l border-line bg-well px-8 lg:sticky lg:top-0 lg:flex xl:px-18">
          <ContactSheetArt
            className="mx-auto w-full max-w-[34rem] grid-cols-3 gap-x-3 gap-y-2 [@media(height<56rem)]:max-w-[26rem]"
            frames={9}
            ringed={5}
            crossed={7}
          />
        </div>
      </div>
    </>
  );
}
