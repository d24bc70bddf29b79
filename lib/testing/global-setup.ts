import type { TestProject } from 'vitest/node';
import { startTestPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresAdminUrl: string;
    postgresTemplate: string;
    postgresAppUser: { name: string; password: string };
  }
}

/** Once per test run and project, before any worker: the server and the template to clone. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres();
  project.provide('postgresAdminUrl', postgres.adminUrl);
  project.provide('postgresTemplate', postgres.template);
  project.provide('postgresAppUser', postgres.appUser);
  return () => postgres.stop();
}
