import type { ReactNode } from 'react';
import type { Upload } from '../characters/upload-state';
import type { Answers } from './stand-in-server';

/** One state: what is on the page, and what the world around it is like. */
export interface ShownState {
  /** The part of the page below the header. */
  content: ReactNode;
  /** `none` for pages that bring their own frame; the header of a creator unless told. */
  header?: 'creator' | 'none';
  /** The balance in the header. */
  balance?: { availableCredits: number; reservedCredits: number };
  /** What the server says when a component asks; it has no news unless told. */
  answers?: Answers;
  /** The list of uploads of the page's character. */
  uploads?: readonly Upload[];
  /** There is no connection. */
  offline?: boolean;
  /** Controls that are pressed one after another, by the beginning of their names. */
  presses?: readonly string[];
  /** The window is turned to, as from another one: what is known is asked for again. */
  turnedTo?: boolean;
  /** Scrolled to its middle. */
  scrolled?: boolean;
  /** Words that have to be there before the state is what it should be. */
  awaits?: string;
}
