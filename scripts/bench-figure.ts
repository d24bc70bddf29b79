/** One measured figure of `npm run bench`, beside a limit or a peer of the same run. */
export interface Figure {
  what: string;
  measured: string;
  beside: string;
  ratio: number;
  /** The ratio may be at most this (`max`) or must be at least this (`min`). */
  limit: { max: number } | { min: number };
}
