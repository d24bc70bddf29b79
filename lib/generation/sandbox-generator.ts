import { createHash } from 'node:crypto';
import { openPeeps } from '@dicebear/collection';
import { createAvatar } from '@dicebear/core';
import sharp from 'sharp';
import type { ImageGenerator } from './image-generator.ts';
import { type Expression, expressions } from './rules/expressions.ts';
import { isRehearsedFailure } from './rules/rehearsal.ts';
import { sandboxMark } from './sandbox-mark.ts';

const widthPx = 1_024;
const heightPx = 1_280;

type Face = NonNullable<Parameters<typeof openPeeps.create>[0]['options']['face']>[number];

interface Scene {
  face: Face;
  clothing: string;
  /** From the top of the picture to its bottom. */
  wall: [string, string];
  backdrop: string;
  mirrored: boolean;
  tiltDegrees: number;
  /** Width of the square that the figure is drawn in. */
  sizePx: number;
}

const scenes: Record<Expression, Scene> = {
  smiling: {
    face: 'smile',
    clothing: '3f6c8f',
    wall: ['#e9dcc9', '#d9c4a5'],
    backdrop: 'sand',
    mirrored: false,
    tiltDegrees: 0,
    sizePx: 1_060,
  },
  calm: {
    face: 'calm',
    clothing: 'e0a458',
    wall: ['#cfdcd3', '#a9c0b1'],
    backdrop: 'sage',
    mirrored: true,
    tiltDegrees: 3,
    sizePx: 980,
  },
  laughing: {
    face: 'smileLOL',
    clothing: 'c8553d',
    wall: ['#f3d9b1', '#e8b873'],
    backdrop: 'amber',
    mirrored: false,
    tiltDegrees: -4,
    sizePx: 1_120,
  },
  talking: {
    face: 'explaining',
    clothing: '5b8e7d',
    wall: ['#d8d4e3', '#b4adc9'],
    backdrop: 'lilac',
    mirrored: true,
    tiltDegrees: -2,
    sizePx: 1_040,
  },
  determined: {
    face: 'driven',
    clothing: '2d3142',
    wall: ['#c7d3dd', '#8fa6b8'],
    backdrop: 'slate',
    mirrored: false,
    tiltDegrees: 2,
    sizePx: 940,
  },
  amused: {
    face: 'cute',
    clothing: 'd8829d',
    wall: ['#f1dede', '#dcb6b6'],
    backdrop: 'rose',
    mirrored: false,
    tiltDegrees: 5,
    sizePx: 1_160,
  },
  doubtful: {
    face: 'suspicious',
    clothing: '8d99ae',
    wall: ['#e6e2da', '#c3bcae'],
    backdrop: 'stone',
    mirrored: true,
    tiltDegrees: 0,
    sizePx: 1_090,
  },
  thoughtful: {
    face: 'contempt',
    clothing: '6a4c93',
    wall: ['#cfe3e6', '#97bcc2'],
    backdrop: 'mist',
    mirrored: true,
    tiltDegrees: -3,
    sizePx: 960,
  },
};

const heads = ['bangs', 'grayBun', 'grayMedium', 'mediumBangs2', 'short4', 'long', 'bun2'] as const;
/** Skin and hair that can be told apart. */
const colours = [
  { skin: 'ffdbb4', hair: 'c93305' },
  { skin: 'ffdbb4', hair: 'd6b370' },
  { skin: 'edb98a', hair: '724133' },
  { skin: 'd08b5b', hair: '2c1b18' },
  { skin: 'ae5d29', hair: '2c1b18' },
  { skin: '694d3d', hair: '2c1b18' },
] as const;

/**
 * Stands in for an image generator: an illustrated character (DiceBear "Open Peeps", CC0), one
 * person for each seed, 1,024 × 1,280. Every picture carries the words "Sandbox illustration" in its
 * pixels, because it is a placeholder and not what a generator would make of the prompt. A prompt
 * that rehearses a failure throws.
 */
export const sandboxGenerator: ImageGenerator = {
  id: 'sandbox',
  async generate({ seed, index, prompt, expression }) {
    if (isRehearsedFailure(prompt)) throw new Error('A failure that the prompt asked for');
    const shown = expression ?? expressions[index % expressions.length] ?? 'smiling';
    const scene = vary(scenes[shown], index);
    const svg = composePicture(scene, drawPerson(seed, scene), index);
    const bytes = await sharp(Buffer.from(svg)).flatten().png().toBuffer();
    const caption = `illustration of a person, ${shown}, ${scene.backdrop} background`;
    return { bytes, contentType: 'image/png', prompt, caption };
  },
};

/** The first of each expression as it stands above, the further ones each a little different. */
function vary(scene: Scene, index: number): Scene {
  if (index < expressions.length) return scene;
  const chance = createHash('sha256').update(`scene:${index}`).digest();
  const between = (at: number, from: number, to: number) =>
    from + (chance.readUInt16BE(2 * at) / 65_535) * (to - from);
  const others = Object.values(scenes);
  const pick = (at: number) => others[chance.readUInt16BE(2 * at) % others.length] ?? scene;
  const { wall, backdrop } = pick(0);
  return {
    ...scene,
    wall,
    backdrop,
    clothing: pick(1).clothing,
    mirrored: between(2, 0, 1) < 0.5,
    tiltDegrees: between(3, -5, 5),
    sizePx: Math.round(between(4, 900, 1_180)),
  };
}

function drawPerson(seed: string, scene: Scene): string {
  const traits = createHash('sha256').update(seed).digest();
  const head = heads[(traits[0] ?? 0) % heads.length] ?? heads[0];
  const colour = colours[(traits[1] ?? 0) % colours.length] ?? colours[0];
  return createAvatar(openPeeps, {
    seed,
    head: [head],
    skinColor: [colour.skin],
    headContrastColor: [colour.hair],
    face: [scene.face],
    clothingColor: [scene.clothing],
    flip: scene.mirrored,
    facialHairProbability: 0,
    accessoriesProbability: 0,
    maskProbability: 0,
  }).toString();
}

/** The figure before its wall, its shoulders running out of the lower edge, and the mark. */
function composePicture(scene: Scene, person: string, index: number): string {
  const { sizePx, tiltDegrees, wall } = scene;
  const left = (widthPx - sizePx) / 2;
  // Deep enough below the edge that a tilted figure shows no gap there.
  const top = heightPx - sizePx + 60;
  const lightX = index % 2 === 0 ? 260 : 780;
  const markScale = 0.27;
  const markWidth = sandboxMark.width * markScale + 32;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">
    <defs>
      <linearGradient id="wall" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="${wall[0]}"/><stop offset="1" stop-color="${wall[1]}"/>
      </linearGradient>
      <radialGradient id="light">
        <stop offset="0" stop-color="#fff" stop-opacity="0.55"/>
        <stop offset="1" stop-color="#fff" stop-opacity="0"/>
      </radialGradient>
    </defs>
    <rect width="100%" height="100%" fill="url(#wall)"/>
    <circle cx="${lightX}" cy="380" r="620" fill="url(#light)"/>
    <g transform="rotate(${tiltDegrees} ${widthPx / 2} ${heightPx})">
      <svg x="${left}" y="${top}" width="${sizePx}" height="${sizePx}">${person}</svg>
    </g>
    <g transform="translate(${widthPx - markWidth - 20} ${heightPx - 64})">
      <rect width="${markWidth}" height="44" rx="22" fill="#15171a" fill-opacity="0.72"/>
      <path transform="translate(16 31) scale(${markScale})" fill="#fff" d="${sandboxMark.path}"/>
    </g>
  </svg>`;
}
