import { db } from '../../../../../lib/db.ts';

/**
 * What the training webhook is measured beside: a route that does nothing but write down what came,
 * unread, by one INSERT into the same table through the same client. Plain JavaScript, so that Next
 * keeps no TypeScript settings here.
 */
export async function POST(request) {
  const deliveryId = request.headers.get('webhook-id');
  const attemptId = request.nextUrl.searchParams.get('attempt');
  const body = await request.text();
  await db().$executeRaw`
    INSERT INTO webhook_deliveries
           (provider, delivery_id, attempt_id, type, seq, body, received_at)
    VALUES ('peer', ${deliveryId}, ${attemptId}::uuid, 'heartbeat', 1, ${body}::jsonb, now())`;
  return Response.json({ action: 'continue' }, { status: 202 });
}
