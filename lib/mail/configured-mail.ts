import { join } from 'node:path';
import { env } from '../env.ts';
import { createFileMailbox } from './file-mailbox.ts';
import type { MailTransport } from './mail.ts';
import { createSmtp } from './smtp.ts';

/** Where this installation's e-mails go, as the MAIL_* settings say; null where they are off. */
export function configuredMail(): MailTransport | null {
  const { MAIL_TRANSPORT, MAIL_SMTP_URL, MAIL_FROM, MAIL_DIRECTORY, LIKENESS_DATA_DIR } = env();
  if (MAIL_TRANSPORT === 'smtp') return createSmtp({ url: MAIL_SMTP_URL, from: MAIL_FROM });
  if (MAIL_TRANSPORT === 'file') {
    const directory = MAIL_DIRECTORY || join(LIKENESS_DATA_DIR, 'mail');
    return createFileMailbox({ directory, from: MAIL_FROM });
  }
  return null;
}
