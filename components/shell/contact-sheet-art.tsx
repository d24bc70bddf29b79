import { joinClasses } from '../ui/join-classes';
import { PortraitDrawing, type Pose } from './portrait-drawing';

const poses: Pose[] = [
  {
    ground: '#d8cdbb',
    coat: '#3e5561',
    turn: 0,
    tilt: 0,
    zoom: 1,
    eyes: 'open',
    mouth: 'calm',
    shade: 'right',
  },
  {
    ground: '#b9c2b4',
    coat: '#e3dccd',
    turn: -0.9,
    tilt: -5,
    zoom: 1,
    eyes: 'open',
    mouth: 'smile',
    shade: 'right',
  },
  {
    ground: '#c98f76',
    coat: '#23313a',
    turn: 0.8,
    tilt: 4,
    zoom: 1.12,
    eyes: 'open',
    mouth: 'calm',
    shade: 'left',
  },
  {
    ground: '#e5dfd3',
    coat: '#7d4a3a',
    turn: 0.3,
    tilt: 7,
    zoom: 1.05,
    eyes: 'closed',
    mouth: 'laugh',
    shade: 'left',
  },
  {
    ground: '#5d6b70',
    coat: '#c7b79c',
    turn: -0.6,
    tilt: 3,
    zoom: 1.55,
    shift: [2, 9],
    eyes: 'open',
    mouth: 'calm',
    shade: 'left',
  },
  {
    ground: '#d9b58a',
    coat: '#2f4a45',
    turn: 0.1,
    tilt: -2,
    zoom: 0.95,
    eyes: 'open',
    mouth: 'smile',
    wears: 'glasses',
    shade: 'right',
  },
  {
    ground: '#a7b6bd',
    coat: '#5a2f2a',
    turn: 1,
    tilt: -4,
    zoom: 1,
    eyes: 'open',
    mouth: 'smile',
    wears: 'scarf',
    shade: 'left',
  },
  {
    ground: '#cfc4ae',
    coat: '#444b3c',
    turn: -0.2,
    tilt: -8,
    zoom: 1.08,
    eyes: 'down',
    mouth: 'calm',
    shade: 'right',
  },
  {
    ground: '#e2d4c3',
    coat: '#34454f',
    turn: 0.5,
    tilt: 2,
    zoom: 0.82,
    shift: [-4, 6],
    eyes: 'open',
    mouth: 'smile',
    wears: 'hat',
    shade: 'left',
  },
  {
    ground: '#8a9a8e',
    coat: '#d8c9b0',
    turn: 0,
    tilt: 5,
    zoom: 1.7,
    shift: [0, 10],
    eyes: 'open',
    mouth: 'smile',
    shade: 'right',
  },
  {
    ground: '#d4a795',
    coat: '#3a3f52',
    turn: -1,
    tilt: 2,
    zoom: 0.98,
    eyes: 'closed',
    mouth: 'calm',
    shade: 'right',
  },
  {
    ground: '#bfb6a8',
    coat: '#8c4a35',
    turn: 0.6,
    tilt: -6,
    zoom: 1.1,
    eyes: 'open',
    mouth: 'laugh',
    shade: 'left',
  },
];

interface ContactSheetArtProps {
  /** How many frames, at most 12. */
  frames?: number;
  /** Classes of the grid: its columns and gap. */
  className?: string;
  /** Index of the frame that the editor's pencil has ringed. */
  ringed?: number;
  /** Index of the frame that is crossed out. */
  crossed?: number;
}

/** A drawn contact sheet: one face, many pictures, marked by the editor. Decoration. */
export function ContactSheetArt({
  frames = 12,
  className,
  ringed = 5,
  crossed = 7,
}: ContactSheetArtProps) {
  return (
    <div aria-hidden="true" className={joinClasses('grid', className)}>
      {poses.slice(0, frames).map((pose, index) => (
        <div key={pose.ground} className="relative flex flex-col gap-1">
          <div className="aspect-frame overflow-hidden rounded-picture">
            <PortraitDrawing pose={pose} />
          </div>
          <span className="text-frame text-ink-3 tabular-nums">{index + 1}</span>
          {index === ringed && <Ring />}
          {index === crossed && <Cross />}
        </div>
      ))}
    </div>
  );
}

/** A ring drawn in one stroke, its ends crossing. */
function Ring() {
  return (
    <svg
      viewBox="0 0 100 125"
      preserveAspectRatio="none"
      className="absolute -inset-x-[7%] -top-[6%] h-[103%] w-[114%] overflow-visible"
      aria-hidden="true"
    >
      <path
        d="M62 6C28 -1 5 26 4 62C3 98 26 121 52 120C80 119 97 92 96 58C95 26 78 5 44 9"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="4"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

function Cross() {
  return (
    <svg
      viewBox="0 0 80 100"
      className="absolute inset-x-0 top-0 aspect-frame w-full"
      aria-hidden="true"
    >
      <path
        d="M9 11C30 34 52 62 72 90M70 9C52 32 28 64 10 91"
        fill="none"
        stroke="var(--on-plate)"
        strokeWidth="3"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
