import { freshDatabase } from './database.ts';

// A setup file: it runs before the imports of each test file, so that lib/db.ts finds this database.
// It goes with the server, or with the run: PostgreSQL waits 5 s to drop one that is still in use.
process.env.DATABASE_URL = await freshDatabase();
