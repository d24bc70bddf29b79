import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailMessage } from './mail.ts';

/** The message as it goes over the wire (RFC 5322), and its envelope. */
export async function composeMessage(
  from: string,
  message: MailMessage,
): Promise<{ envelope: { from: string | false; to: string[] }; bytes: Buffer }> {
  const node = new MailComposer({
    ...message,
    // An object: an address is never read as a list of several.
    to: { name: '', address: message.to },
    from,
    // Answering machines keep quiet (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { envelope: node.getEnvelope(), bytes: await node.build() };
}
