import { Readable } from 'node:stream';
import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { exportCreditLines } from '@/lib/credits/export-lines.ts';
import { attachment } from '@/lib/storage/content-disposition.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  /** The history as a table file: what the credits page shows with the same filter, every page of it. */
  GET: creatorEndpoint(operations.exportCreditLines, async (ctx, { query }) => {
    const day = ctx.now.toISOString().slice(0, 10);
    const body = Readable.toWeb(exportCreditLines(ctx.user.id, query)) as ReadableStream;
    return new Response(body, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': attachment(`likeness-credits-${day}.csv`),
        'cache-control': 'no-store',
      },
    });
  }),
});
