/** A problem whose message is all a person needs; commands print it without a stack trace. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
