import { db } from '@/lib/db.ts';

export const dynamic = 'force-dynamic';

/** Whether this server can do its work: it answers and reaches its database. */
export async function GET(): Promise<Response> {
  try {
    await db().$queryRaw`SELECT 1`;
    return Response.json({ status: 'ok' });
  } catch {
    return Response.json({ status: 'database unreachable' }, { status: 503 });
  }
}
