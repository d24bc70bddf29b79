import { createHash } from 'node:crypto';
import sharp from 'sharp';

const widthPx = 512;
const heightPx = 640;

/** Rows of five dots from top to bottom, a bit a dot: enough letters for the mark, on any machine. */
const dots: Record<string, readonly number[]> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  X: [17, 17, 10, 4, 10, 17, 17],
  0: [14, 17, 19, 21, 25, 17, 14],
  1: [4, 12, 4, 4, 4, 4, 14],
  2: [14, 17, 1, 6, 8, 16, 31],
  3: [30, 1, 1, 14, 1, 1, 30],
  4: [2, 6, 10, 18, 31, 2, 2],
  5: [31, 16, 30, 1, 1, 17, 14],
  6: [6, 8, 16, 30, 17, 17, 14],
  7: [31, 1, 2, 4, 8, 8, 8],
  8: [14, 17, 17, 14, 17, 17, 14],
  9: [14, 17, 17, 15, 1, 2, 12],
};

/**
 * What stands for a trainer's sample: a drawn head and shoulders that come out of the grain as the
 * steps go by. The word SANDBOX and the step are in its pixels: no model made it. PNG, the same for
 * the same seed and step.
 */
export function drawSample(sample: { seed: number; step: number; steps: number }): Promise<Buffer> {
  const { seed, step, steps } = sample;
  const share = Math.min(1, step / steps);
  const chance = createHash('sha256').update(`sandbox:${seed}`).digest();
  const hue = (at: number) => Math.round(((chance[at] ?? 0) / 255) * 360);
  const skin = ['#f2cba6', '#e0a982', '#b97a50', '#8a5638'][(chance[2] ?? 0) % 4];
  const hair = ['#3a241b', '#6b4226', '#b5652f', '#c9a05c', '#22201f'][(chance[3] ?? 0) % 5];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">
    <rect width="100%" height="100%" fill="hsl(${hue(0)} 22% 82%)"/>
    <circle cx="150" cy="190" r="330" fill="#fff" fill-opacity="0.28"/>
    <g opacity="${0.25 + 0.75 * share}">
      <path d="M132 300Q116 96 256 96T380 300Q404 470 372 520H140Q108 470 132 300Z" fill="${hair}"/>
      <rect x="214" y="380" width="84" height="120" fill="${skin}"/>
      <path d="M56 640Q64 486 256 476Q448 486 456 640Z" fill="hsl(${hue(1)} 34% 42%)"/>
      <ellipse cx="256" cy="290" rx="100" ry="130" fill="${skin}"/>
      <path d="M156 270Q150 132 256 132T356 270Q330 196 252 190Q186 196 156 270Z" fill="${hair}"/>
      <g fill="#2a2320"><circle cx="218" cy="286" r="9"/><circle cx="294" cy="286" r="9"/></g>
      <path d="M222 354Q256 382 290 354" fill="none" stroke="#7c3f36" stroke-width="8" stroke-linecap="round"/>
    </g>
    ${grain(chance, 1 - share)}
    ${mark(`SANDBOX STEP ${step}`)}
  </svg>`;
  return sharp(Buffer.from(svg)).flatten().png({ palette: true, effort: 1 }).toBuffer();
}

/** Specks over everything, fewer as the training goes on. */
function grain(chance: Buffer, amount: number): string {
  const specks: string[] = [];
  let state = chance.readUInt32BE(4) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let count = Math.round(900 * amount); count > 0; count--) {
    const shade = Math.round(next() * 255);
    const size = 6 + Math.round(next() * 12);
    specks.push(
      `<rect x="${Math.round(next() * widthPx)}" y="${Math.round(next() * heightPx)}" width="${size}" height="${size}" fill="rgb(${shade} ${shade} ${shade})" fill-opacity="0.4"/>`,
    );
  }
  return specks.join('');
}

function mark(text: string): string {
  const dot = 3;
  const advance = 6 * dot;
  const width = text.length * advance + 21;
  const [left, top] = [widthPx - width - 12, heightPx - 54];
  const rects: string[] = [];
  for (const [place, letter] of [...text].entries()) {
    for (const [row, bits] of (dots[letter] ?? []).entries()) {
      for (let column = 0; column < 5; column++) {
        if (((bits >> (4 - column)) & 1) === 0) continue;
        const x = left + 12 + place * advance + column * dot;
        rects.push(`<rect x="${x}" y="${top + 11 + row * dot}" width="${dot}" height="${dot}"/>`);
      }
    }
  }
  return `<rect x="${left}" y="${top}" width="${width}" height="42" rx="4" fill="#15171a" fill-opacity="0.78"/>
    <g fill="#fff">${rects.join('')}</g>`;
}
