/** One thing that is not as it must be: what, about which row or object, and how it looks. */
export interface Finding {
  problem: string;
  /** An id or a key of ours; never a name a person typed. */
  id: string;
  detail: string;
}

/** What one part of the audit found, and how much it looked at, by name. */
export interface PartReport {
  findings: Finding[];
  counts: Record<string, number>;
}
