import { db } from '../db.ts';
import { configuredProvider, configuredProviderIds } from '../gpu/configured-provider.ts';
import { type ListedJob, ProviderError } from '../gpu/provider.ts';
import type { Finding, PartReport } from './finding.ts';

/** How our jobs are named; what else a provider runs is not ours. */
const namePrefix = 'likeness-';
/** A job may be listed before the attempt that made it knows its id, and a moment after its release. */
const graceMs = 5 * 60_000;

/**
 * Looks at every provider that is set up for jobs of ours that no attempt waits for: they cost money
 * and nobody knows of them (I12). Only looks; removing them is the reaper's.
 */
export async function auditProviders(now: Date): Promise<PartReport> {
  const findings: Finding[] = [];
  let jobs = 0;
  for (const id of configuredProviderIds()) {
    try {
      const listed = (await configuredProvider(id).list()).filter(({ name }) =>
        name.startsWith(namePrefix),
      );
      jobs += listed.length;
      findings.push(...(await orphansAmong(id, listed, now)));
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      findings.push({ problem: 'GPU provider could not be asked', id, detail: error.kind });
    }
  }
  return { findings, counts: { jobs } };
}

async function orphansAmong(provider: string, listed: ListedJob[], now: Date): Promise<Finding[]> {
  const expected = await db().trainingAttempt.findMany({
    where: {
      jobName: { in: listed.map(({ name }) => name) },
      // Released after the list was made: gone by now.
      OR: [{ releasedAt: null }, { releasedAt: { gt: new Date(now.getTime() - graceMs) } }],
    },
    select: { jobName: true },
  });
  const known = new Set(expected.map(({ jobName }) => jobName));
  return listed
    .filter(({ name, createdAt }) => {
      return !known.has(name) && now.getTime() - createdAt.getTime() > graceMs;
    })
    .map(({ name, externalJobId }) => ({
      problem: 'job at a provider that no attempt waits for',
      id: name,
      detail: `${provider} ${externalJobId}`,
    }));
}
