import { Check, Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { paths } from '@/lib/paths.ts';
import { Amount } from '../ui/amount';
import { LinkButton } from '../ui/link-button';
import { ThemeToggle } from '../ui/theme-toggle';
import { ContactSheetArt } from './contact-sheet-art';
import { PublicHeader } from './public-header';
import { contentId } from './skip-link';

const page = 'mx-auto w-full max-w-[75rem]';

/** What Likeness is and what it costs, for people who are not signed in. */
export function Landing() {
  return (
    <>
      <PublicHeader>
        <LinkButton href={paths.signIn()}>Sign in</LinkButton>
      </PublicHeader>
      <main id={contentId} tabIndex={-1} className="px-gutter">
        <section
          className={`${page} grid items-center gap-12 pt-6 pb-12 sm:pb-18 lg:min-h-[calc(100dvh-9rem)] lg:grid-cols-[1fr_1.05fr] lg:gap-18`}
        >
          <div>
            <h1 className="text-name narrow sm:text-display">
              One face, in every picture you ask for
            </h1>
            <p className="mt-4 max-w-[34rem] text-panel text-pretty text-ink-2">
              Likeness teaches an image model one person, from 5 to 50 pictures you choose. What
              comes out is a LoRA: a file that is yours to download and use.
            </p>
            <div className="mt-8 flex flex-wrap items-center gap-3">
              <LinkButton href={paths.signUp()} variant="primary" size="large">
                Create an account
              </LinkButton>
              <LinkButton href="#how" size="large">
                See how it works
              </LinkButton>
            </div>
            <p className="mt-4 text-small text-ink-3">
              For your own face, the face of someone who agreed, or a character you made up.
            </p>
          </div>
          <ContactSheetArt className="grid-cols-4 gap-x-2 gap-y-2 sm:gap-x-3" />
        </section>

        <section
          aria-labelledby="how"
          className="-mx-gutter border-t border-line px-gutter py-12 sm:py-18"
        >
          <div className={page}>
            <h2 id="how" className="text-page narrow">
              How it works
            </h2>
            <ol className="mt-8 grid gap-8 md:grid-cols-3 md:gap-12">
              <Step frame={1} title="Bring your pictures">
                Upload JPEG, PNG, WebP or HEIC. Location and camera data are taken out, and they
                open only from your account.
              </Step>
              <Step frame={2} title="Choose the ones that count">
                Tick them like frames on a contact sheet. Price and usual time stand beside the
                button before you press it.
              </Step>
              <Step frame={3} title="Close the page">
                Training goes on without you. You hear when it is done, and download the result as a
                safetensors file.
              </Step>
            </ol>
          </div>
        </section>

        <section
          aria-labelledby="price"
          className="-mx-gutter border-t border-line px-gutter py-12 sm:py-18"
        >
          <div className={`${page} grid gap-12 lg:grid-cols-[1fr_1.05fr] lg:gap-18`}>
            <div>
              <h2 id="price" className="text-page narrow">
                You pay for what worked
              </h2>
              <p className="mt-2 max-w-measure text-pretty text-ink-2">
                A training has one price, known before it starts. The credits are set aside at the
                start and charged only when the model is ready.
              </p>
              <dl className="mt-8 grid gap-6">
                <Fact term="Reserved at the start">
                  The price is put aside and shown beside your balance. Nothing is charged yet.
                </Fact>
                <Fact term="Charged only on success">
                  When the file has arrived and been checked, and not before.
                </Fact>
                <Fact term="Back if it fails or you cancel">
                  At once and in full. Each training has a deadline, so it never waits for days.
                </Fact>
                <Fact term="The next try is free">
                  If the failure was ours, the next training of that character costs nothing.
                </Fact>
              </dl>
            </div>
            <Ledgers />
          </div>
        </section>
      </main>
      <footer className="border-t border-line px-gutter py-6">
        <div className={`${page} flex flex-wrap items-center justify-between gap-4`}>
          <p className="text-small text-ink-3">
            Likeness trains on the pictures you choose and on nothing else.
          </p>
          <ThemeToggle />
        </div>
      </footer>
    </>
  );
}

function Step({ frame, title, children }: { frame: number; title: string; children: ReactNode }) {
  return (
    <li className="border-t-2 border-ink pt-3">
      <span aria-hidden="true" className="text-frame text-ink-3 tabular-nums">
        {frame}
      </span>
      <h3 className="mt-1 text-panel font-semibold">{title}</h3>
      <p className="mt-1 text-pretty text-ink-2">{children}</p>
    </li>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="font-medium">{term}</dt>
      <dd className="max-w-measure text-pretty text-ink-2">{children}</dd>
    </div>
  );
}

/** The same training ending both ways, as the credits page writes it. */
function Ledgers() {
  return (
    <div className="flex flex-col gap-4 self-start">
      <p className="text-small text-ink-3">
        An example: 7 images with Z-Image Turbo,{' '}
        <span className="whitespace-nowrap">15,000 + 7 × 1,000</span>
      </p>
      <Ledger
        caption="It worked"
        icon={<Check className="size-4 text-good" aria-hidden="true" />}
        lines={[
          { time: '14:02', what: 'Reserved for Mara', credits: -22_000, balance: 18_000 },
          { time: '14:41', what: 'Charged: Mara is ready', credits: 0, balance: 18_000 },
        ]}
      />
      <Ledger
        caption="It failed"
        icon={<Undo2 className="size-4 text-ink-2" aria-hidden="true" />}
        lines={[
          { time: '14:02', what: 'Reserved for Mara', credits: -22_000, balance: 18_000 },
          { time: '14:30', what: 'Returned: the GPU failed', credits: 22_000, balance: 40_000 },
          { time: '14:31', what: 'Next try, free', credits: 0, balance: 40_000 },
        ]}
      />
    </div>
  );
}

interface LedgerProps {
  caption: string;
  icon: ReactNode;
  lines: { time: string; what: string; credits: number; balance: number }[];
}

function Ledger({ caption, icon, lines }: LedgerProps) {
  return (
    <div className="rounded-panel border border-line bg-surface px-4 py-3 sm:px-6 sm:py-4">
      <table className="w-full">
        <caption className="mb-2 text-left font-semibold">
          <span className="inline-flex items-center gap-1.5">
            {icon}
            {caption}
          </span>
        </caption>
        <thead className="text-frame text-ink-3">
          <tr className="text-right">
            <th scope="col" className="w-14 pb-1 text-left font-normal">
              Time
            </th>
            <th scope="col" className="pb-1 text-left font-normal">
              What
            </th>
            <th scope="col" className="pb-1 pl-4 font-normal">
              Change
            </th>
            <th scope="col" className="pb-1 pl-4 font-normal whitespace-nowrap">
              To spend
            </th>
          </tr>
        </thead>
        <tbody className="text-small">
          {lines.map((line) => (
            <tr key={line.what} className="border-t border-line align-baseline">
              <td className="py-2 text-ink-3 tabular-nums">{line.time}</td>
              <td className="py-2">{line.what}</td>
              <td className="py-2 pl-4 text-right">
                <Amount credits={line.credits} signed bare />
              </td>
              <td className="py-2 pl-4 text-right text-ink-2">
                <Amount credits={line.balance} bare />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
