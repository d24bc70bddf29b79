import { decodePicture } from './decode-picture.ts';

// A process of its own, so that a file that breaks a decoder breaks nothing else. It leaves with
// whoever started it, and not before: a Ctrl-C reaches it too, in the middle of a good picture.
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', async ({ bytes }: { bytes: Uint8Array }) => {
  process.send?.(await decodePicture(bytes));
});
