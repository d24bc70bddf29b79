/** Decisions, "Images": at most 20 MB and 50 megapixels each. */
export const maxUploadBytes = 20_000_000;
export const maxPixels = 50_000_000;
/** How many images one character can hold. */
export const maxImagesPerCharacter = 1_000;

/** Decisions, "Images": JPEG, PNG, WebP; HEIC converted. */
export const uploadContentTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/heic'] as const;
export type UploadContentType = (typeof uploadContentTypes)[number];

const synonyms: Record<string, UploadContentType> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/heif': 'image/heic',
};

const endings: Record<string, UploadContentType> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  heic: 'image/heic',
  heif: 'image/heic',
};

/**
 * The type a file is uploaded as, or null when it is none of ours. What the browser says counts;
 * where it says nothing (most say nothing about HEIC) the name's ending does. Only the bytes
 * themselves decide in the end, after the upload.
 */
export function uploadContentType(file: {
  fileName: string;
  contentType: string;
}): UploadContentType | null {
  const said = file.contentType.toLowerCase().split(';')[0]?.trim() ?? '';
  if (said === '' || said === 'application/octet-stream') {
    const ending = /\.([^.]+)$/.exec(file.fileName)?.[1]?.toLowerCase() ?? '';
    return Object.hasOwn(endings, ending) ? (endings[ending] ?? null) : null;
  }
  if (Object.hasOwn(synonyms, said)) return synonyms[said] ?? null;
  return uploadContentTypes.find((type) => type === said) ?? null;
}
