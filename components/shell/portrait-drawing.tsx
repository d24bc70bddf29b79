/** One pose of the character that the product shows where it has no pictures of its own. */
export interface Pose {
  ground: string;
  coat: string;
  /** -1 looks left, 0 at the viewer, 1 right. */
  turn: number;
  /** Degrees. */
  tilt: number;
  zoom: number;
  /** Shift of the whole figure in the frame. */
  shift?: [number, number];
  eyes: 'open' | 'closed' | 'down';
  mouth: 'calm' | 'smile' | 'laugh';
  wears?: 'glasses' | 'hat' | 'scarf';
  /** Side that lies in shade. */
  shade: 'left' | 'right';
}

const skin = '#d9a184';
const skinShade = '#b97c61';
const hair = '#2b2523';
const line = '#3a2620';
const lips = '#a8483f';

/** A flat drawing of one face in one pose, 4 : 5. Decoration. */
export function PortraitDrawing({ pose }: { pose: Pose }) {
  const { ground, coat, turn, tilt, zoom, shift = [0, 0], eyes, mouth, wears, shade } = pose;
  const look = turn * 4;
  const clip = `face-${turn}-${tilt}-${shade}-${mouth}`.replace(/[^a-z0-9-]/g, '_');
  return (
    <svg viewBox="0 0 80 100" className="block size-full" aria-hidden="true">
      <rect width="80" height="100" fill={ground} />
      <g transform={`translate(${40 + shift[0]} ${47 + shift[1]}) scale(${zoom})`}>
        {/* body */}
        <path d="M-36 62C-35 40 -20 33 -8 30.5L-6 26H6L8 30.5C20 33 35 40 36 62Z" fill={coat} />
        <path d="M-6 12V28C-6 36 6 36 6 28V12Z" fill={skinShade} />
        {wears === 'scarf' && (
          <path d="M-13 27C-6 33 6 33 13 27L14 35C6 41 -6 41 -14 35Z" fill="#e6d9c2" />
        )}
        <g transform={`rotate(${tilt} 0 22)`}>
          {/* hair behind */}
          <path
            d="M-18.5 10C-24 -10 -19 -27 0 -27C19 -27 24 -10 18.5 10C17 15 12 15 9 12H-9C-12 15 -17 15 -18.5 10Z"
            fill={hair}
          />
          {/* face */}
          <clipPath id={clip}>
            <path d="M-13.5 -6C-13.5 -20 13.5 -20 13.5 -6C13.5 9 7.5 20 0 20C-7.5 20 -13.5 9 -13.5 -6Z" />
          </clipPath>
          <g transform={`translate(${look * 0.3} 0)`}>
            <g clipPath={`url(#${clip})`}>
              <rect x="-16" y="-24" width="32" height="48" fill={skin} />
              <path
                d={
                  shade === 'left'
                    ? 'M-16 -24H-5C-9 -8 -7 6 -2 24H-16Z'
                    : 'M16 -24H5C9 -8 7 6 2 24H16Z'
                }
                fill={skinShade}
                opacity="0.55"
              />
            </g>
            <g transform={`translate(${look} 0)`}>
              <Eyes kind={eyes} />
              <path
                d={`M${turn * 0.6} -1.5C${turn * 2 + 0.6} 2 ${turn * 3 + 1.4} 4.5 ${turn * 2.4 + 1} 6L${turn - 1.4} 6.4`}
                fill="none"
                stroke={line}
                strokeWidth="0.9"
                strokeLinecap="round"
                strokeLinejoin="round"
                opacity="0.75"
              />
              <Mouth kind={mouth} />
              <g fill="#9c5c45" opacity="0.75">
                <circle cx="-7.4" cy="4.4" r="0.5" />
                <circle cx="-5.4" cy="5.6" r="0.45" />
                <circle cx="-8.6" cy="6.4" r="0.4" />
                <circle cx="7.2" cy="4.4" r="0.5" />
                <circle cx="5.2" cy="5.6" r="0.45" />
                <circle cx="8.4" cy="6.3" r="0.4" />
              </g>
              {wears === 'glasses' && (
                <g fill="none" stroke={line} strokeWidth="1.1">
                  <circle cx="-5.8" cy="-0.6" r="4.6" />
                  <circle cx="5.8" cy="-0.6" r="4.6" />
                  <path d="M-1.2 -1.2C-0.4 -1.8 0.4 -1.8 1.2 -1.2M-10.4 -1.2L-15 -2.4M10.4 -1.2L15 -2.4" />
                </g>
              )}
            </g>
          </g>
          {/* hair in front: parted on the far side of the turn */}
          <path
            d="M-15.5 4C-17.5 -6 -16 -14 -11 -17C-5 -12 6 -10 13 -13C15.5 -9 16.5 -3 15.5 4C18.5 -2 20 -10 17 -17C13 -26 -13 -26 -17 -17C-20 -10 -18.5 -2 -15.5 4Z"
            fill={hair}
            transform={turn < 0 ? 'scale(-1 1)' : undefined}
          />
          {wears === 'hat' && (
            <>
              <path d="M-18 -13C-18 -35 18 -35 18 -13Z" fill="#8c3b2e" />
              <rect x="-20" y="-17" width="40" height="7" rx="3.5" fill="#a4493a" />
            </>
          )}
        </g>
      </g>
    </svg>
  );
}

function Eyes({ kind }: { kind: Pose['eyes'] }) {
  const brow = kind === 'down' ? -4.6 : -6;
  return (
    <g stroke={line} strokeLinecap="round" fill="none">
      <path
        d={`M-8.8 ${brow + 0.8}C-7.4 ${brow - 0.6} -5 ${brow - 0.8} -3.2 ${brow + 0.2}M8.8 ${brow + 0.8}C7.4 ${brow - 0.6} 5 ${brow - 0.8} 3.2 ${brow + 0.2}`}
        strokeWidth="1.2"
      />
      {kind === 'open' ? (
        <>
          <path
            d="M-8.2 -0.8C-7 -2.6 -4.4 -2.6 -3.2 -0.8M8.2 -0.8C7 -2.6 4.4 -2.6 3.2 -0.8"
            strokeWidth="1"
          />
          <circle cx="-5.7" cy="-0.7" r="1.35" fill={line} stroke="none" />
          <circle cx="5.7" cy="-0.7" r="1.35" fill={line} stroke="none" />
        </>
      ) : (
        <path
          d={
            kind === 'closed'
              ? 'M-8.2 0C-7 -1.8 -4.4 -1.8 -3.2 0M8.2 0C7 -1.8 4.4 -1.8 3.2 0'
              : 'M-8.2 -0.4C-7 1.4 -4.4 1.4 -3.2 -0.4M8.2 -0.4C7 1.4 4.4 1.4 3.2 -0.4'
          }
          strokeWidth="1.2"
        />
      )}
    </g>
  );
}

function Mouth({ kind }: { kind: Pose['mouth'] }) {
  if (kind === 'laugh') {
    return (
      <>
        <path d="M-5 9.6C-2 10.4 2 10.4 5 9.6C4 15 -4 15 -5 9.6Z" fill={lips} />
        <path d="M-4 9.9C-1.6 10.5 1.6 10.5 4 9.9C3.6 11.6 -3.6 11.6 -4 9.9Z" fill="#f6ede3" />
      </>
    );
  }
  return (
    <path
      d={kind === 'smile' ? 'M-4.4 10.4C-2 12.8 2 12.8 4.4 10.4' : 'M-3 11.2C-1 11.9 1 11.9 3 11.2'}
      fill="none"
      stroke={lips}
      strokeWidth="1.5"
      strokeLinecap="round"
    />
  );
}
