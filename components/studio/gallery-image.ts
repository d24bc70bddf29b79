/** A ready picture as the gallery and its viewer show it. */
export interface GalleryImage {
  id: string;
  number: number;
  liked: boolean;
  caption: string | null;
  prompt: string | null;
  width: number | null;
  height: number | null;
}
