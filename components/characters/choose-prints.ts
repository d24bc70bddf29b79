/**
 * What becomes of a wish for more prints than may be chosen. `wanted` is what the presses say,
 * `before` what is chosen now. Of those that are new, as many fit as there is room for: the nearest to
 * where the range began come first.
 */
export function limitChosen(
  before: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
  order: readonly string[],
  anchorId: string | null,
  max: number,
): { chosen: Set<string>; refused: string[] } {
  const chosen = new Set([...wanted].filter((id) => before.has(id)));
  const place = new Map(order.map((id, at) => [id, at]));
  const from = place.get(anchorId ?? '') ?? 0;
  const distance = (id: string) => Math.abs((place.get(id) ?? 0) - from);
  const added = [...wanted].filter((id) => !before.has(id));
  added.sort((one, other) => distance(one) - distance(other));
  const room = Math.max(0, max - chosen.size);
  for (const id of added.slice(0, room)) chosen.add(id);
  return { chosen, refused: added.slice(room) };
}

/**
 * "Select all": the first of what is shown, in order, up to the most that may be chosen. What is
 * chosen but hidden by a filter stays chosen.
 */
export function chooseAll(
  before: ReadonlySet<string>,
  shown: readonly string[],
  max: number,
): Set<string> {
  const visible = new Set(shown);
  const hidden = [...before].filter((id) => !visible.has(id));
  return new Set([...hidden, ...shown].slice(0, Math.max(max, hidden.length)));
}

/** The ids from one print to another, both included, as they stand on the page. */
export function printsBetween(
  order: readonly string[],
  fromId: string | null,
  toId: string,
): string[] {
  const from = order.indexOf(fromId ?? '');
  const to = order.indexOf(toId);
  if (from < 0 || to < 0) return [];
  return order.slice(Math.min(from, to), Math.max(from, to) + 1);
}
