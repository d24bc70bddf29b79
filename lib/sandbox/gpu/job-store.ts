import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { hostJobSchema, jobInputSchema, workerEventSchema } from '../../gpu/protocol.ts';

/** Everything the sandbox knows about a job; survives a kill at any moment. */
const jobRecordSchema = z.object({
  ...hostJobSchema.shape,
  input: jobInputSchema,
  /** The highest event number ever used, stored before the event is sent. */
  seq: z.int().min(0),
  startedAt: z.iso.datetime().nullable(),
  /** The one that ended the job, until somebody has taken it. */
  undeliveredEnd: workerEventSchema.nullable(),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

/**
 * One JSON file a job, replaced by rename. Written synchronously: the order of writes is then the
 * order of events, and the files are small. Not flushed to disk, because a killed process loses
 * nothing by that; after a power cut a broken file is put aside.
 */
export class JobStore {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  load(): JobRecord[] {
    const records: JobRecord[] = [];
    for (const name of readdirSync(this.directory)) {
      if (!name.endsWith('.json')) continue;
      const file = path.join(this.directory, name);
      try {
        records.push(jobRecordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
      } catch {
        renameSync(file, `${file}.broken`);
        console.error(`Sandbox GPU: ${file} cannot be read; put aside as ${name}.broken.`);
      }
    }
    return records.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  save(record: JobRecord): void {
    const file = this.fileOf(record.id);
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  remove(id: string): void {
    rmSync(this.fileOf(id), { force: true });
  }

  private fileOf(id: string): string {
    return path.join(this.directory, `${id}.json`);
  }
}
