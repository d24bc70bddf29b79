import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';
import { createFileMailbox } from './file-mailbox.ts';
import type { MailMessage, MailTransport } from './mail.ts';
import { createSmtp } from './smtp.ts';

const from = 'Likeness <likeness@likeness.example>';
const message: MailMessage = {
  messageId: '<0198a000-0000-7000-8000-000000000001@likeness.example>',
  to: 'ada@example.test',
  subject: '⁨مارا⁩ is ready 🦊',
  text: 'Generate images.\n.\n\nOpen: https://likeness.example/x\n',
  html: '<p>Generate images of ⁨مارا⁩ &amp; friends.</p>\n',
  date: new Date('2026-03-12T12:00:00Z'),
};

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function mailServer(options?: Parameters<typeof startMailServer>[0]): Promise<MailServer> {
  const server = await startMailServer(options);
  cleanups.push(() => server.close());
  return server;
}

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'likeness-mail-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Each adapter with a way to read what came out at the other end. */
const adapters: [string, () => Promise<{ transport: MailTransport; read(): Promise<string[]> }>][] =
  [
    [
      'SMTP',
      async () => {
        const server = await mailServer();
        return {
          transport: createSmtp({ url: server.url, from }),
          read: async () => server.arrived.map(({ raw }) => raw),
        };
      },
    ],
    [
      'file mailbox',
      async () => {
        const directory = join(await emptyDirectory(), 'made', 'when-needed');
        return {
          transport: createFileMailbox({ directory, from }),
          read: async () =>
            Promise.all(
              (await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')),
            ),
        };
      },
    ],
  ];

function headersOf(raw: string): Record<string, string> {
  const [head = ''] = raw.replaceAll('\r\n', '\n').split('\n\n');
  const lines = head.replace(/\n[ \t]+/g, ' ').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]));
}

describe.each(adapters)('%s', (_, open) => {
  it('delivers both bodies and headers that every mail program reads', async () => {
    const { transport, read } = await open();
    await transport.send(message);
    const delivered = await read();
    expect(delivered).toHaveLength(1);
    const [raw = ''] = delivered;
    const headers = headersOf(raw);
    expect(headers).toMatchObject({
      From: from,
      To: 'ada@example.test',
      'Message-ID': message.messageId,
      Date: 'Thu, 12 Mar 2026 12:00:00 +0000',
      'Auto-Submitted': 'auto-generated',
      'MIME-Version': '1.0',
    });
    expect(headers['Content-Type']).toMatch(/^multipart\/alternative/);
    expect(headers.Subject).toMatch(/^=\?UTF-8\?/);
    // Nothing but ASCII on the wire, whatever the name is written in.
    expect(raw).toMatch(/^[\x20-\x7e\r\n\t]*$/);
    expect(raw).toContain('Content-Type: text/plain; charset=utf-8');
    expect(raw).toContain('Content-Type: text/html; charset=utf-8');
    expect(raw).not.toMatch(/<img|http[^\s]*pixel/);
  });

  it('lets nothing in a subject or an address become a header of its own', async () => {
    const { transport, read } = await open();
    await transport.send({
      ...message,
      subject: 'Mara\r\nBcc: everybody@example.test',
      to: 'ada@example.test',
    });
    const [raw = ''] = await read();
    expect(Object.keys(headersOf(raw))).not.toContain('Bcc');
  });

  it('keeps a line that is nothing but a dot', async () => {
    const { transport, read } = await open();
    await transport.send(message);
    const [raw = ''] = await read();
    expect(raw.replaceAll('\r\n', '\n')).toContain('Generate images.\n.\n\nOpen');
  });
});

describe('SMTP', () => {
  const sending = (url: string) => createSmtp({ url, from, silenceMs: 2_000 }).send(message);

  it('says from whom and to whom on the envelope', async () => {
    const server = await mailServer();
    await sending(server.url);
    expect(server.arrived).toMatchObject([
      { from: 'likeness@likeness.example', to: ['ada@example.test'] },
    ]);
  });

  it.each([
    ['busy', 'temporary', 0],
    ['refuse', 'refused', 0],
    ['drop-before', 'temporary', 0],
    ['drop-after', 'unknown', 1],
  ] as const)('a server that answers "%s" is %s', async (answer, kind, arrived) => {
    const server = await mailServer();
    server.plan = [answer];
    await expect(sending(server.url)).rejects.toMatchObject({ name: 'MailError', kind });
    expect(server.arrived).toHaveLength(arrived);
    await sending(server.url);
    expect(server.arrived).toHaveLength(arrived + 1);
  });

  it('logs in where an account is named; a wrong password is ours to mend, not a refusal', async () => {
    const server = await mailServer({ account: { user: 'us@er', password: 'p:ss/word' } });
    const withAccount = (account: string) => server.url.replace('://', `://${account}@`);
    await sending(withAccount('us%40er:p%3Ass%2Fword'));
    expect(server.arrived).toHaveLength(1);
    await expect(sending(withAccount('us%40er:wrong'))).rejects.toMatchObject({
      kind: 'temporary',
    });
    await expect(sending(server.url)).rejects.toMatchObject({ name: 'MailError' });
    expect(server.arrived).toHaveLength(1);
  });

  it('sends nothing to a server whose certificate nobody trusts', async () => {
    const server = await mailServer({ secure: true });
    await expect(sending(server.url)).rejects.toMatchObject({ kind: 'temporary' });
    expect(server.arrived).toHaveLength(0);
  });

  it('is refused for now where nobody listens', async () => {
    const server = await mailServer();
    await server.close();
    await expect(sending(server.url)).rejects.toMatchObject({ kind: 'temporary' });
  });

  it('never repeats the password in an error', async () => {
    const server = await mailServer({ account: { user: 'ada', password: 'right' } });
    const error = await sending(server.url.replace('://', '://ada:hunter2@')).catch((e) => e);
    expect(error.message).not.toContain('hunter2');
  });
});

describe('file mailbox', () => {
  it('keeps the same e-mail once, under its name', async () => {
    const directory = await emptyDirectory();
    const transport = createFileMailbox({ directory, from });
    await transport.send(message);
    await transport.send(message);
    expect(await readdir(directory)).toEqual(['0198a000-0000-7000-8000-000000000001.eml']);
  });

  it('is refused for now where no folder can be made', async () => {
    const file = join(await emptyDirectory(), 'a-file');
    await writeFile(file, '');
    const transport = createFileMailbox({ directory: join(file, 'mail'), from });
    await expect(transport.send(message)).rejects.toMatchObject({ kind: 'temporary' });
  });
});
