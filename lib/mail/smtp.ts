import { Readable } from 'node:stream';
import SMTPConnection, { type SMTPError } from 'nodemailer/lib/smtp-connection';
import { composeMessage } from './compose-message.ts';
import { MailError, type MailTransport } from './mail.ts';

interface SmtpConfig {
  /** smtps:// is TLS from the start; smtp:// takes STARTTLS where offered, with a password always. */
  url: string;
  from: string;
  /** How long the server may say nothing, in ms. */
  silenceMs?: number;
}

/**
 * Hands e-mails to a mail server, one connection each. It goes by the connection itself rather than
 * the library's transport, because of what we must know of a connection that breaks: whether the
 * server may have had the whole message already.
 */
export function createSmtp({ url, from, silenceMs = 30_000 }: SmtpConfig): MailTransport {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const user = decodeURIComponent(username);
  const isOwnMachine = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

  function open(): SMTPConnection {
    return new SMTPConnection({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || undefined,
      secure,
      // A password never goes over the network in the clear.
      requireTLS: !secure && user !== '' && !isOwnMachine,
      connectionTimeout: silenceMs,
      greetingTimeout: silenceMs,
      socketTimeout: silenceMs,
    });
  }

  return {
    async send(message) {
      const { envelope, bytes } = await composeMessage(from, message);
      let isHandedOver = false;
      const body = new Readable({
        // Asked for by the connection when the server has said that it takes it.
        read() {
          isHandedOver = true;
          this.push(bytes);
          this.push(null);
        },
      });
      const connection = open();
      try {
        await new Promise<void>((resolve, reject) => {
          const next = (step: () => void) => (error?: Error | null) =>
            error ? reject(error) : step();
          connection.on('error', reject);
          connection.once('end', () => reject(new Error('The mail server hung up.')));
          const send = () => connection.send(envelope, body, next(resolve));
          const logIn = () =>
            user === ''
              ? send()
              : connection.login(
                  { credentials: { user, pass: decodeURIComponent(password) } },
                  next(send),
                );
          connection.connect(next(logIn));
        });
        connection.quit();
      } catch (error) {
        connection.close();
        throw mailError(error, isHandedOver);
      }
    },
  };
}

function mailError(error: unknown, isHandedOver: boolean): MailError {
  const { responseCode, code, command } = error as SMTPError;
  const told = ['SMTP', responseCode, code, command].filter(Boolean).join(' ');
  const because = { cause: error };
  if (!responseCode) {
    if (isHandedOver) return new MailError('unknown', `${told}: no answer came`, because);
    // An address that no server would take, told by the library.
    return new MailError(code === 'EENVELOPE' ? 'refused' : 'temporary', told, because);
  }
  const isAboutMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  return new MailError(
    responseCode >= 500 && isAboutMessage ? 'refused' : 'temporary',
    told,
    because,
  );
}
