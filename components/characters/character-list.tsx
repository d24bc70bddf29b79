import { Ban, Check, Clock, Heart, ImagePlus } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount, formatPercent } from '@/lib/format';
import { rehearsalFor } from '@/lib/lora/rules/rehearsals';
import { paths } from '@/lib/paths';
import { Badge } from '../ui/badge';
import { Link } from '../ui/link';
import { SandboxMark } from '../ui/sandbox-mark';
import { RefreshWhileTraining } from './refresh-while-training';

export interface CharacterCard {
  id: string;
  name: string;
  coverImageIds: readonly string[];
  imageCount: number;
  /** Liked images that the newest model has yet to learn. */
  newLikedImageCount: number;
  profileSetComplete: boolean;
  training: {
    status: 'pending' | 'training' | 'ready' | 'failed' | 'cancelled';
    step: number;
    totalSteps: number;
    sandbox: boolean;
  } | null;
}

interface CharacterListProps {
  characters: readonly CharacterCard[];
  /** The sandbox GPU is plugged in: the names it reacts to stand apart, and say so. */
  sandbox: boolean;
}

/** The creator's influencers, newest first. */
export function CharacterList({ characters, sandbox }: CharacterListProps) {
  const rehearses = ({ name }: CharacterCard) => sandbox && rehearsalFor(name) !== null;
  const rehearsals = characters.filter(rehearses);
  const open = characters.some(isOpen);
  return (
    <>
      <CardGrid characters={characters.filter((character) => !rehearses(character))} />
      {rehearsals.length > 0 && (
        <section aria-labelledby="rehearsals" className="mt-12 border-t border-line pt-8">
          <div className="mb-4">
            <h2 id="rehearsals" className="flex items-center gap-3 text-section narrow">
              Rehearsals <SandboxMark className="font-normal" />
            </h2>
            <p className="mt-1 max-w-measure text-ink-2">
              The sandbox GPU knows these names and fails or falters for each in its own way. Train
              one to see what happens then.
            </p>
          </div>
          <CardGrid characters={rehearsals} level={3} />
        </section>
      )}
      {open && <RefreshWhileTraining />}
    </>
  );
}

function CardGrid({
  characters,
  level = 2,
}: {
  characters: readonly CharacterCard[];
  level?: 2 | 3;
}) {
  return (
    <ul className="grid grid-cols-2 gap-x-4 gap-y-6 sm:grid-cols-3 sm:gap-x-6 sm:gap-y-8 lg:grid-cols-4 xl:grid-cols-5">
      {characters.map((character, index) => (
        <Card key={character.id} character={character} level={level} eager={index < 3} />
      ))}
    </ul>
  );
}

interface CardProps {
  character: CharacterCard;
  level: 2 | 3;
  eager: boolean;
}

function Card({ character, level, eager }: CardProps) {
  const Heading = level === 2 ? 'h2' : 'h3';
  const { href, next } = destinationOf(character);
  return (
    <li className="group relative flex min-w-0 flex-col gap-2 rounded-picture has-[a:focus-visible]:outline-2 has-[a:focus-visible]:outline-offset-4 has-[a:focus-visible]:outline-focus">
      <Cover ids={character.coverImageIds} eager={eager} />
      <div className="flex min-w-0 flex-col gap-1.5">
        <Heading className="truncate text-panel narrow" title={character.name}>
          <Link href={href} className="outline-none after:absolute after:inset-0">
            <bdi>{character.name}</bdi>
            {/* At the left edge: where a long name would put it, it would widen the page. */}
            <span className="sr-only left-0">, {next}</span>
          </Link>
        </Heading>
        <p className="text-small text-ink-2 tabular-nums">
          {formatCount(character.imageCount, 'image')}
        </p>
        <p className="flex flex-wrap gap-1">
          <StateBadge character={character} />
          {character.training?.sandbox && <SandboxMark />}
          {character.newLikedImageCount > 0 && !isOpen(character) && (
            <Badge tone="accent" icon={<Heart aria-hidden="true" />}>
              {formatCount(character.newLikedImageCount, 'new liked image')}
            </Badge>
          )}
        </p>
      </div>
    </li>
  );
}

/** One large print and up to three small ones; empty frames where there are none yet. */
function Cover({ ids, eager }: { ids: readonly string[]; eager: boolean }) {
  const [first, ...others] = ids;
  return (
    <div className="grid grid-cols-[3fr_1fr] gap-1" aria-hidden="true">
      <Frame id={first} eager={eager} className="aspect-frame" />
      <div className="grid grid-rows-3 gap-1">
        {[0, 1, 2].map((place) => (
          <Frame key={place} id={others[place]} eager={eager} />
        ))}
      </div>
    </div>
  );
}

function Frame({
  id,
  eager,
  className,
}: {
  id: string | undefined;
  eager: boolean;
  className?: string;
}) {
  return (
    <span
      className={`relative block overflow-hidden rounded-picture bg-well shadow-[inset_0_0_0_1px_var(--line)] ${className ?? ''}`}
    >
      {id && (
        <img
          src={paths.image(id, 'thumb')}
          alt=""
          loading={eager ? 'eager' : 'lazy'}
          decoding="async"
          className="absolute inset-0 size-full object-cover"
        />
      )}
    </span>
  );
}

function isOpen({ training }: CharacterCard): boolean {
  return ['pending', 'training'].includes(training?.status ?? '');
}

/** Where a press leads: to what is next for this character. */
function destinationOf({ id, profileSetComplete, training }: CharacterCard): {
  href: string;
  next: string;
} {
  if (!profileSetComplete) return { href: paths.wizard(id), next: 'go on with the profile set' };
  if (training?.status === 'ready') return { href: paths.studio(id), next: 'open studio' };
  return { href: paths.settings(id), next: 'open settings' };
}

function StateBadge({ character: { profileSetComplete, training } }: { character: CharacterCard }) {
  if (!profileSetComplete) {
    return <Badge icon={<ImagePlus aria-hidden="true" />}>Not finished</Badge>;
  }
  return training ? trainingBadge(training) : <Badge>Not trained</Badge>;
}

function trainingBadge({
  status,
  step,
  totalSteps,
}: NonNullable<CharacterCard['training']>): ReactNode {
  const clock = <Clock aria-hidden="true" />;
  switch (status) {
    case 'pending':
      return (
        <Badge tone="accent" icon={clock}>
          Waiting for a GPU
        </Badge>
      );
    case 'training':
      return (
        <Badge tone="accent" icon={clock}>
          <span className="tabular-nums">
            Training {formatPercent(totalSteps > 0 ? step / totalSteps : 0)}
          </span>
        </Badge>
      );
    case 'ready':
      return (
        <Badge tone="good" icon={<Check aria-hidden="true" />}>
          Ready
        </Badge>
      );
    case 'failed':
      return <Badge tone="bad">Training failed</Badge>;
    case 'cancelled':
      return <Badge icon={<Ban aria-hidden="true" />}>Cancelled</Badge>;
  }
}
