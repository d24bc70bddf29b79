import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSession } from '../accounts/sessions.ts';
import { deleteCharacter } from '../characters/delete-character.ts';
import { listCharacters } from '../characters/list-characters.ts';
import { systemContext } from '../context.ts';
import { db } from '../db.ts';
import { getReceipt } from '../deletions/receipts.ts';
import { sweepDeletions } from '../deletions/sweep-deletions.ts';
import { sweepAttempts } from '../lora/sweep-attempts.ts';
import { store } from '../storage/store.ts';
import { damage, ownerUrl } from '../testing/database.ts';
import { makeCharacter } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import { findings, finishJob, later, makeStage, trainingOf } from '../testing/training-stage.ts';
import { readManifest } from './manifest.ts';
import { restoreBackup } from './restore-backup.ts';
import { writeBackup } from './write-backup.ts';

const outside = withOutside();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-backup-'));
  await emptyInstallation();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (seconds: number) => systemContext('sweep', later(seconds));

/** As after a first start: tables without rows, a bucket without objects. */
async function emptyInstallation(): Promise<void> {
  const tables = await db().$queryRaw<{ name: string }[]>`
    SELECT quote_ident(relname) AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('_prisma_migrations', 'installation')`;
  await damage(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}; DELETE FROM pgboss.job;
    UPDATE installation SET id = substr(md5(gen_random_uuid()::text), 1, 8)`);
  const keys: string[] = [];
  for await (const { key } of store().list('')) keys.push(key);
  await store().remove(keys);
}

it('restores an installation in mid-training, which goes on to a file that is charged once', async () => {
  const { gpu } = outside;
  // One is ready; of the other the job runs, but its answer was lost and nothing is written down.
  const done = await makeStage({ withObjects: true, images: 5 });
  const first = await done.start();
  await sweepAttempts(() => later(1));
  const file = await finishJob(gpu, gpu.onlyJob());
  await sweepAttempts(() => later(60));
  await sweepAttempts(() => later(61));
  const open = await makeStage({ withObjects: true, images: 5, name: 'Zoë \\ "مارا"\n' });
  gpu.plan.submit.push('drop-after');
  const second = await open.start({}, 62);
  await sweepAttempts(() => later(63));
  const doomed = await makeCharacter(open.user, {
    name: 'Doomed',
    readyImages: 2,
    withObjects: true,
  });
  await openSession(open.user.id);
  const before = await db().creditLine.findMany({ orderBy: { id: 'asc' } });

  const written = await writeBackup(at(70), ownerUrl(), folder);
  expect(written.objects).toBeGreaterThan(20);
  expect((await stat(join(folder, 'manifest.json'))).mode & 0o077).toBe(0);

  // Afterwards somebody deletes, and then everything is lost.
  const { deletionId } = await deleteCharacter(open.ctx(80), { characterId: doomed.id });
  const since = await db().deletion.findMany({
    select: { subject: true, subjectId: true, ownerId: true },
  });
  await emptyInstallation();
  expect(await listCharacters(open.user.id)).toEqual([]);

  const restored = await restoreBackup(
    at(100),
    ownerUrl(),
    folder,
    since.map((row) => ({ ...row, subject: 'influencer' as const })),
  );
  expect(restored).toEqual({
    rows: written.rows,
    objects: written.objects,
    deletedAgain: 1,
    otherSecret: false,
  });
  expect(await db().creditLine.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
  expect(await db().session.count()).toBe(0);
  expect(await findings()).toEqual([]);

  // The job is found again by its name: no second one is made.
  const { jobName } = await db().trainingAttempt.findFirstOrThrow({
    where: { loraModelId: second.loraModelId },
  });
  await sweepAttempts(() => later(200));
  expect(gpu.inputs.filter(({ name }) => name === jobName)).toHaveLength(1);
  const job = gpu.jobs.get(jobName);
  if (!job) throw new Error('the job is not at the provider any more');
  await finishJob(gpu, job);
  await sweepAttempts(() => later(260));
  await sweepAttempts(() => later(261));
  expect(await trainingOf(second.loraModelId)).toMatchObject({ status: 'ready' });
  expect(await open.balance()).toMatchObject({ availableCredits: 80_000, reservedCredits: 0 });
  expect(gpu.jobs.size).toBe(0);

  // Both files are there, to the byte.
  const kept = await db().loraFile.findMany();
  expect(kept.map(({ loraModelId }) => loraModelId).sort()).toEqual(
    [first.loraModelId, second.loraModelId].sort(),
  );
  expect(kept.map(({ key }) => key)).toContain(file.key);
  for (const { key, sha256 } of kept) {
    const bytes = await buffer(await store().read(key));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  }

  // What was deleted after the backup is deleted again.
  for (const seconds of [300, 301, 400, 2_000]) await sweepDeletions(at(seconds));
  expect((await listCharacters(open.user.id)).map(({ name }) => name)).toEqual(['Zoë \\ "مارا"\n']);
  const again = await db().deletion.findFirstOrThrow({ where: { subjectId: doomed.id } });
  expect(again.id).not.toBe(deletionId);
  expect(await getReceipt(open.user.id, again.id)).toMatchObject({ state: 'finished' });
  for await (const { key } of store().list(`characters/${doomed.id}/`)) throw new Error(key);
  expect(await findings()).toEqual([]);
}, 60_000);

it('changes nothing when a file is damaged, and nothing where there is something already', async () => {
  const stage = await makeStage({ withObjects: true, images: 5 });
  await writeBackup(at(1), ownerUrl(), folder);
  await expect(restoreBackup(at(2), ownerUrl(), folder)).rejects.toThrow(/not empty/);

  await emptyInstallation();
  const [key = ''] = Object.keys((await readManifest(folder)).objects);
  const path = join(folder, 'objects', key);
  const bytes = await readFile(path);
  await writeFile(path, Buffer.concat([bytes.subarray(1), Buffer.from('x')]));
  await expect(restoreBackup(at(2), ownerUrl(), folder)).rejects.toThrow(/is damaged/);
  for await (const object of store().list('')) throw new Error(object.key);

  await writeFile(path, bytes);
  await restoreBackup(at(3), ownerUrl(), folder);
  expect(await listCharacters(stage.user.id)).toHaveLength(1);
  await expect(writeBackup(at(4), ownerUrl(), folder)).rejects.toThrow(/is not empty/);
}, 60_000);
