import { defineConfig } from 'prisma/config';

/** Read by the `prisma` command only; the application and `prisma/migrate.ts` do without it. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
