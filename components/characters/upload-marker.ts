const marker = 'likeness-uploads';

/**
 * Whether an earlier page may have left uploads unfinished. Asked on every page before anything of
 * the uploads is loaded, so it is a word in the local storage and no database.
 */
export function uploadsMarked(): boolean {
  try {
    return localStorage.getItem(marker) !== null;
  } catch {
    return false;
  }
}

export function markUploads(left: boolean): void {
  try {
    if (left) localStorage.setItem(marker, 'yes');
    else localStorage.removeItem(marker);
  } catch {
    // A browser that keeps nothing is asked nothing.
  }
}
