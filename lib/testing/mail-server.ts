import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/**
 * How a message is answered: taken, refused for now or for good, and the two ways of hanging up:
 * before it was taken over and after.
 */
type Answer = 'take' | 'busy' | 'refuse' | 'drop-before' | 'drop-after';

/** A mail server that does exactly what a test tells it to, over real SMTP, and keeps what it got. */
export interface MailServer {
  url: string;
  /** Every message that arrived whole, also those that were then refused or dropped. */
  arrived: { from: string; to: string[]; raw: string }[];
  /** How the next messages are answered; after the list is used up they are taken. */
  plan: Answer[];
  reset(): void;
  close(): Promise<void>;
}

interface MailServerOptions {
  /** TLS from the start, with a certificate that nobody trusts. */
  secure?: boolean;
  /** Who may send; everybody without. */
  account?: { user: string; password: string };
}

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { secure = false, account } = options;
  const sockets = new Set<Socket>();
  let dropping: Answer | undefined;

  const refusal = (responseCode: number, text: string) =>
    Object.assign(new Error(text), { responseCode });

  const server = new SMTPServer({
    secure,
    logger: false,
    authOptional: !account,
    allowInsecureAuth: true,
    disabledCommands: secure ? [] : ['STARTTLS'],
    closeTimeout: 100,
    onAuth({ username, password }, _session, callback) {
      if (username === account?.user && password === account?.password) {
        callback(null, { user: username });
      } else callback(refusal(535, 'Authentication failed'));
    },
    onRcptTo(address, _session, callback) {
      dropping = mail.plan.shift();
      if (dropping === 'busy') callback(refusal(451, `Later, ${address.address}`));
      else if (dropping === 'refuse') callback(refusal(550, `No such user: ${address.address}`));
      else if (dropping === 'drop-before') hangUp();
      else callback();
    },
    async onData(stream, session, callback) {
      const raw = (await buffer(stream)).toString();
      const { mailFrom, rcptTo } = session.envelope;
      mail.arrived.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        raw,
      });
      if (dropping === 'drop-after') hangUp();
      else callback(null, 'Taken');
    },
  });
  server.server.on('connection', (socket: Socket) => {
    // Below TLS, Node itself breaks when the bare socket is taken away.
    if (secure) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A client that does not trust us ends the connection; that is an error here.
  server.on('error', () => {});

  function hangUp(): void {
    for (const socket of sockets) socket.destroy();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const mail: MailServer = {
    url: `${secure ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    arrived: [],
    plan: [],
    reset() {
      mail.arrived = [];
      mail.plan = [];
    },
    close() {
      hangUp();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  return mail;
}
