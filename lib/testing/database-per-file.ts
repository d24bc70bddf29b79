import { afterAll } from 'vitest';
import { dropDatabase, freshDatabase } from './database.ts';

// A setup file: it runs before the imports of each test file, so that lib/db.ts finds this database.
const url = await freshDatabase();
process.env.DATABASE_URL = url;
afterAll(() => dropDatabase(url));
