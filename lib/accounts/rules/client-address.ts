/**
 * Who called, for limits. Each proxy of ours appends to `X-Forwarded-For` who called it, so with `hops`
 * of them the caller is the `hops`-th entry from the end; whatever stands before it is the caller's
 * own word. Without proxies, or with fewer entries than proxies, it is the other end of the connection.
 */
export function clientAddress(call: {
  socketAddress: string | undefined;
  forwardedFor: string | undefined;
  hops: number;
}): string {
  const { socketAddress = 'unknown', forwardedFor = '', hops } = call;
  const entries = forwardedFor.split(',').map((entry) => entry.trim());
  const told = hops > 0 ? entries.at(-hops) : undefined;
  return plain(told || socketAddress);
}

/** An IPv4 address as a socket for both kinds tells it is the same address. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
