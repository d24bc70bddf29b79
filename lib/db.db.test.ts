import { expect, it } from 'vitest';
import { inTransaction } from './db.ts';

it('has a statement with a name prepared, and no other', async () => {
  const prepared = await inTransaction(async (tx) => {
    for (const value of [1, 2]) {
      await tx.$queryRaw`
        /* prepared as named */
        SELECT ${value}::int AS value`;
    }
    await tx.$queryRaw`/* a remark */ SELECT ${3}::int AS value`;
    return tx.$queryRaw`SELECT name FROM pg_prepared_statements`;
  });
  expect(prepared).toEqual([{ name: 'named' }]);
});
