import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { composeMessage } from './compose-message.ts';
import { MailError, type MailTransport } from './mail.ts';

/**
 * A folder instead of a mail server: each e-mail becomes one .eml file, which any mail program opens.
 * It is named after its Message-ID, so that the same e-mail is the same file.
 */
export function createFileMailbox({
  directory,
  from,
}: {
  directory: string;
  from: string;
}): MailTransport {
  return {
    async send(message) {
      const { bytes } = await composeMessage(from, message);
      const name = message.messageId.replace(/@.*$/, '').replace(/[^\w.-]/g, '');
      const path = join(directory, `${name}.eml`);
      try {
        await mkdir(directory, { recursive: true });
        // Whoever looks into the folder never sees half an e-mail.
        await writeFile(`${path}.part`, bytes);
        await rename(`${path}.part`, path);
      } catch (error) {
        throw new MailError('temporary', `The mailbox ${directory} cannot be written.`, {
          cause: error,
        });
      }
    },
  };
}
