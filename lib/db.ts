import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from '../prisma/client/client.ts';
import { env } from './env.ts';

/** A transaction, or the client itself where a statement stands alone. */
export type Tx = Prisma.TransactionClient;

/**
 * A statement that comes by the thousand begins with its name in a comment: each connection then has it
 * planned once. PostgreSQL plans the others anew every time, which for a long one costs more than to
 * run it.
 */
const preparedName = /^\s*\/\* prepared as (\S+) \*\//;

const shared = globalThis as { likenessDb?: PrismaClient };

/** The process' one database client, opened at first use. */
export function db(): PrismaClient {
  shared.likenessDb ??= new PrismaClient({
    adapter: new PrismaPg(
      {
        connectionString: env().DATABASE_URL,
        max: env().DATABASE_POOL,
        // The pool hands a connection over in one moment and its taker listens in the next. One that
        // PostgreSQL ends in between would end the process; the taker's statement tells of it anyway.
        onConnect: (client) => void client.on('error', () => {}),
      },
      { statementNameGenerator: ({ sql }) => preparedName.exec(sql)?.[1] ?? '' },
    ),
  });
  return shared.likenessDb;
}

/**
 * Runs `work` in one READ COMMITTED transaction; our rules are constraints on locked rows, so no
 * higher level is needed. Nothing outside the database may be called inside it.
 */
export function inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return db().$transaction(work, { maxWait: 10_000, timeout: 10_000 });
}

/** Whether `error` is a broken unique index, and, when named, that one. */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  const told = JSON.stringify(error.meta ?? {}) + error.message;
  if (error.code !== 'P2002' && !told.includes('23505')) return false;
  return index === undefined || told.includes(index);
}
