import type { ReactNode, Ref } from 'react';

/** A picture as a sheet shows it. The object of a picture that has not changed stays the same one. */
export interface PrintItem {
  id: string;
  /** The frame number under it: "Image 12". */
  number: number;
  /** Null while there is nothing to show yet: the cell keeps its place. */
  thumbnailUrl: string | null;
}

export interface PrintSelection {
  ids: ReadonlySet<string>;
  /** The most that may be chosen. */
  max: number;
  /** Why no more can be chosen; said at each that is refused. */
  fullReason: string;
  onChange: (ids: Set<string>) => void;
  /** Somebody tried to choose more than `max`. */
  onRefused: () => void;
}

/** For focus from a script: the print that a viewer showed last. */
export interface PrintGridHandle {
  focus: (id: string) => void;
}

export interface PrintGridProps<T extends PrintItem> {
  /** The grid's name: "Images for training". */
  label: string;
  items: readonly T[];
  isLiked: (item: T) => boolean;
  /** What else it is: "profile set, liked". Read after its name. */
  factsOf?: (item: T) => string;
  onLike: (item: T) => void;
  /** Shows the picture large; without a selection a press on the print does it too. */
  onOpen: (item: T) => void;
  /** What went wrong with this one: "Couldn't like". It stands on the picture. */
  troubleOf?: (item: T) => string | null;
  /** More on top of a picture: a state, a mark. */
  extra?: (item: T) => ReactNode;
  /** With it, a press chooses; without it, a press enlarges. */
  selection?: PrintSelection;
  ref?: Ref<PrintGridHandle>;
}
