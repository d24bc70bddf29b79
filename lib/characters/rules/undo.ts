/** How long the way back from a deletion is offered. */
export const undoOfferedMs = 10_000;

/** How long the server can still go back: a late press and its request arrive in time. */
export const undoKeptMs = 30_000;
