const coats = ['#31556b', '#7a4a3a', '#4c5b3b', '#5b4a70', '#8a6d2f', '#3d3f45'] as const;
const grounds = ['#c9d4d8', '#e3d5c4', '#b9c4ac', '#d9c3c9', '#9fb1c4', '#e8e2d3'] as const;
const hairs = ['#2b2523', '#5a3a26', '#8c6a3f', '#1f2530'] as const;
const skins = ['#d9a184', '#b97c61', '#8d5a41', '#e8bd9f'] as const;

/** A flat portrait, 4 : 5, as an SVG document: another one for each number. */
export function drawPicture(number: number): string {
  const pick = <T>(from: readonly [T, ...T[]], by: number): T =>
    from[Math.floor(number / by) % from.length] ?? from[0];
  // What lies on pictures has to be readable on a white and on a black one.
  const ground = number % 11 === 0 ? '#000000' : number % 7 === 0 ? '#ffffff' : pick(grounds, 1);
  const tilt = ((number * 7) % 21) - 10;
  const shift = ((number * 5) % 13) - 6;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 100" width="480" height="600">
<rect width="80" height="100" fill="${ground}"/>
<g transform="translate(${40 + shift} 46)">
<path d="M-32 60C-31 40 -18 34 -8 31L-6 24H6L8 31C18 34 31 40 32 60Z" fill="${pick(coats, 2)}"/>
<g transform="rotate(${tilt} 0 20)">
<path d="M-19 12C-24 -10 -18 -27 0 -27C18 -27 24 -10 19 12Z" fill="${pick(hairs, 3)}"/>
<path d="M-13.5 -6C-13.5 -20 13.5 -20 13.5 -6C13.5 9 7.5 20 0 20C-7.5 20 -13.5 9 -13.5 -6Z" fill="${pick(skins, 4)}"/>
<circle cx="-5.5" cy="-2" r="1.4" fill="#2b2523"/><circle cx="5.5" cy="-2" r="1.4" fill="#2b2523"/>
<path d="M-4 10Q0 ${12 + (number % 3)} 4 10" stroke="#a8483f" stroke-width="1.4" fill="none" stroke-linecap="round"/>
</g></g></svg>`;
}
