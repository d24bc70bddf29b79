/**
 * Where a key lives below a folder. Lower-case letters, digits, `_` and `-` stay readable; every
 * other byte becomes `%xx`. So no key can climb out (`..` has no dot left), none clash on a disk
 * that ignores case, and names with a dot are free for our own suffixes. `/` opens a folder; a
 * name longer than a disk allows is continued in a folder that ends in `+`.
 */
const longestName = 200;

/** The folders and the file name of `key`, for example `a/B` is `['a']` and `%42`. */
export function pathOfKey(key: string): { folders: string[]; name: string } {
  const folders = key.split('/').flatMap(piecesOfSegment);
  return { folders: folders.slice(0, -1), name: folders.at(-1) ?? '' };
}

/** The folders that hold every key starting with `prefix`: those of its complete segments. */
export function foldersOfPrefix(prefix: string): string[] {
  return prefix.split('/').slice(0, -1).flatMap(piecesOfSegment);
}

/** The key whose file is `name` in `folders`; the inverse of `pathOfKey`. */
export function keyOfPath(folders: string[], name: string): string {
  const joined = folders.map((folder) =>
    folder.endsWith('+') ? folder.slice(0, -1) : `${folder}/`,
  );
  return [...joined, name].join('').split('/').map(decodeSegment).join('/');
}

function piecesOfSegment(segment: string): string[] {
  const encoded = encodeSegment(segment);
  const pieces = encoded.match(new RegExp(`.{1,${longestName}}`, 'g')) ?? [];
  return pieces.map((piece, index) => (index < pieces.length - 1 ? `${piece}+` : piece));
}

function encodeSegment(segment: string): string {
  if (segment === '') return '%';
  return Array.from(Buffer.from(segment), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

function decodeSegment(encoded: string): string {
  return encoded === '%' ? '' : decodeURIComponent(encoded);
}
