import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sandboxAdapterFile } from '../sandbox/adapter-file.ts';
import { type ContractReceiver, startContractReceiver } from './contract-receiver.ts';
import { type JobInput, workerEventSchema } from './protocol.ts';
import { aiToolkitJobConfig } from './rules/ai-toolkit-job.ts';
import { recipeSheet } from './rules/recipes.ts';

/** The worker is for machines with a GPU; here it runs where there happens to be a Python for it. */
const hasPython =
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).status === 0;

/** As a host calls it: the input on stdin, its result as the last line on stdout. */
const host = `
import json, sys
sys.path.insert(0, sys.argv[1])
import likeness_worker
asked = json.load(sys.stdin)
end = likeness_worker.run(asked["job"], asked["config"], asked["runId"], root=asked["root"],
    toolkit=asked["toolkit"], can_resume=asked["canResume"])
print("\\nRESULT " + json.dumps(end))
`;

/** RunPod's SDK as far as the handler meets it: one job, cancelled when a line comes on stdin. */
const runpod = `
import asyncio, json, sys, threading, types
sys.path.insert(0, sys.argv[1])

def start(settings):
    asked = json.loads(sys.stdin.readline())
    job = {"id": asked["runId"], "input": {"job": asked["job"], "config": asked["config"]}}
    async def serve():
        task, loop = asyncio.ensure_future(settings["handler"](job)), asyncio.get_running_loop()
        def cancel_when_told():
            if sys.stdin.readline().strip() == "cancel":
                loop.call_soon_threadsafe(task.cancel)
        threading.Thread(target=cancel_when_told, daemon=True).start()
        try:
            return await task
        except asyncio.CancelledError:
            return "CANCELLED"
    print("\\nRESULT " + json.dumps(asyncio.run(serve())))

sys.modules["runpod"] = types.SimpleNamespace(serverless=types.SimpleNamespace(start=start))
import runpod_handler
`;

/** Modal's SDK as far as the app meets it: what is decorated stays, and is called as Modal would. */
const modal = `
import json, sys, unittest.mock
sys.path.insert(0, sys.argv[1])
modal = unittest.mock.MagicMock()
modal.App.return_value.function = lambda **settings: lambda function: (made.append(settings), function)[1]
made = []
asked = json.load(sys.stdin)
modal.current_function_call_id.return_value = asked["runId"]
sys.modules["modal"] = modal
import modal_app, likeness_worker
trained = unittest.mock.patch.object(likeness_worker, "run",
    lambda *given, root, can_resume, commit: likeness_run(*given, root=asked["root"],
        toolkit=asked["toolkit"], can_resume=can_resume, commit=commit))
likeness_run = likeness_worker.run
with trained:
    end = modal_app.train(job=asked["job"], config=asked["config"])
assert made[0]["retries"] == 0 and made[0]["single_use_containers"] and made[0]["gpu"]
assert modal_app.runs.commit.called
print("\\nRESULT " + json.dumps(end))
`;

/** AI Toolkit's run.py without a GPU: the lines it prints, the files it leaves, the ways it dies. */
const trainer = `
import json, os, pathlib, shutil, sys, time
config = json.loads(pathlib.Path(sys.argv[1]).read_text())["config"]
process, name = config["process"][0], config["name"]
mode, steps = os.environ.get("TRAINER", ""), process["train"]["steps"]
dataset = pathlib.Path(process["datasets"][0]["folder_path"])
pictures = sorted(path.suffix for path in dataset.iterdir() if path.suffix != ".txt")
captions = [path.read_text() for path in sorted(dataset.glob("*.txt"))]
assert pictures == [".webp"] * 6 and captions == ["ohwx_mara, standing in a street"] * 6
out = pathlib.Path(process["training_folder"]) / name
out.mkdir(parents=True, exist_ok=True)
saved = out / "step.txt"
first = int(saved.read_text()) if saved.exists() else 0
(out / "pid").write_text(str(os.getpid()))
print("Running 1 job", flush=True)
print("Caching latents to disk", flush=True)
print("\\rLoading: 100%|##| 5/5 [00:00<00:00, 99.00it/s]", flush=True)
for step in range(first, steps + 1, steps // 20):
    rate = "?it/s" if step == first else "2.50it/s"
    loss = "nan" if mode == "nan" and step > first else "3.812e-01"
    bar = f"\\r{name}: {step * 100 // steps:3}%|#  | {step}/{steps} [00:01<00:09, {rate}, lr: 1.0e-04 loss: {loss}]"
    print(bar, end="", file=sys.stderr, flush=True)
    saved.write_text(str(step))
    if mode == "oom" and step > steps // 3:
        sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB. http://secret/x")
    if mode == "full" and step > steps // 3:
        sys.exit("OSError: [Errno 28] No space left on device: 'output'")
    if mode == "crash" and step > steps // 3:
        sys.exit("ValueError: no such thing at https://host/path?token=secret")
    if mode == "stuck" and step > steps // 3:
        time.sleep(60)
    time.sleep(0.02)
suffixes = ["_high_noise", "_low_noise"] if "wan22" in process["model"]["arch"] else [""]
for suffix in suffixes:
    shutil.copy(os.environ["ADAPTER"], out / f"{name}_000000250{suffix}.safetensors")
    if mode != "no-file":
        shutil.copy(os.environ["ADAPTER"], out / f"{name}{suffix}.safetensors")
`;

describe.skipIf(!hasPython)('the Python worker', { concurrent: true, timeout: 60_000 }, () => {
  let receiver: ContractReceiver;
  let directory: string;
  beforeAll(async () => {
    receiver = await startContractReceiver();
    directory = await mkdtemp(join(tmpdir(), 'python-worker-'));
    await writeFile(join(directory, 'run.py'), trainer);
    const made = sandboxAdapterFile({
      baseModel: 'z-image-turbo',
      role: 'main',
      rank: 16,
      alpha: 16,
      triggerWord: 'ohwx_mara',
      seed: 7,
      layers: 1,
      megabytes: null,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of made.chunks()) chunks.push(chunk);
    await writeFile(join(directory, 'adapter.safetensors'), Buffer.concat(chunks));
  });
  afterAll(async () => {
    expect(receiver.faults).toEqual([]);
    await receiver.close();
    await rm(directory, { recursive: true, force: true });
  });

  interface Run {
    child: ChildProcess;
    /** What the host would hand on as the result; null when the run has ended without one. */
    end: Promise<unknown>;
  }

  function start(
    job: JobInput,
    runId: string,
    mode = '',
    { canResume = false, by = host } = {},
  ): Run {
    const sheet = recipeSheet(job.recipe.id);
    if (!sheet) throw new Error(job.recipe.id);
    const config = aiToolkitJobConfig(job, sheet, { training: 'output', datasets: 'datasets' });
    const root = join(directory, 'runs');
    const child = spawn('python3', ['-c', by, join(process.cwd(), 'docs/worker')], {
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: '1',
        TRAINER: mode,
        ADAPTER: join(directory, 'adapter.safetensors'),
        LIKENESS_ROOT: root,
        AI_TOOLKIT: directory,
      },
    });
    const asked = JSON.stringify({ job, config, runId, root, toolkit: directory, canResume });
    // RunPod's goes on listening: see there.
    if (by === runpod) child.stdin.write(`${asked}\n`);
    else child.stdin.end(asked);
    // Unread, a pipe that is full would stop it.
    child.stderr.resume();
    const end = text(child.stdout).then((output) => {
      const line = output.split('\n').findLast((each) => each.startsWith('RESULT '));
      return line ? JSON.parse(line.slice(7)) : null;
    });
    return { child, end };
  }

  const until = (condition: () => boolean) =>
    vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 50 });
  const newRunId = () => `fc-${randomUUID()}`;
  const typesOf = (job: JobInput) => receiver.eventsOf(job.attemptId).map(({ type }) => type);
  const leftOf = async (runId: string) =>
    readdir(join(directory, 'runs', runId)).catch(() => [] as string[]);
  const isAtStep = (job: JobInput, least: number) => () =>
    receiver.eventsOf(job.attemptId).some((event) => 'phase' in event && event.step >= least);

  async function trainerOf(job: JobInput, runId: string): Promise<number> {
    const file = join(directory, 'runs', runId, 'output', job.name, 'pid');
    return Number(await readFile(file, 'utf8'));
  }

  function isAlive(pid: number): boolean {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  it('trains, tells how it goes, hands over the file, and leaves nothing behind', async () => {
    const job = receiver.makeJob();
    const runId = newRunId();
    const end = await start(job, runId).end;
    const events = receiver.eventsOf(job.attemptId);
    expect(events[0]).toMatchObject({ type: 'accepted', seq: 1, externalJobId: runId });
    expect(events.map(({ seq }) => seq)).toEqual(
      events.map(({ seq }) => seq).toSorted((a, b) => a - b),
    );
    expect(new Set(events.map(({ externalJobId }) => externalJobId))).toEqual(new Set([runId]));
    const phases = events.flatMap((event) => ('phase' in event ? [event.phase] : []));
    const inOrder = ['preparing', 'caching', 'training', 'uploading'];
    const passed = new Set<string>(phases);
    expect([...passed]).toEqual(inOrder.filter((phase) => passed.has(phase)));
    expect([...passed]).toEqual(expect.arrayContaining(['training', 'uploading']));
    expect(events.findLast((event) => event.type === 'progress')).toMatchObject({
      step: 1_500,
      totalSteps: 1_500,
      loss: 0.3812,
      secondsPerStep: 0.4,
    });
    expect(events.at(-1)).toEqual(workerEventSchema.parse(end));
    expect(events.at(-1)).toMatchObject({ type: 'succeeded' });
    const bytes = await readFile(join(directory, 'adapter.safetensors'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect([...receiver.stored.values()]).toContainEqual(
      expect.objectContaining({ bytes: bytes.length, sha256 }),
    );
    expect(await leftOf(runId)).toEqual([]);
  });

  it('clears up after runs that were killed and have not gone on for an hour', async () => {
    const [dead, alive] = [newRunId(), newRunId()];
    for (const [run, savedAt] of [
      [dead, Date.now() / 1_000 - 3_700],
      [alive, Date.now() / 1_000 - 3_000],
    ] as const) {
      await mkdir(join(directory, 'runs', run, 'datasets'), { recursive: true });
      await writeFile(join(directory, 'runs', run, 'state.json'), JSON.stringify({ savedAt }));
    }
    const job = receiver.makeJob();
    receiver.claims.set(job.attemptId, 'fc-another');
    await start(job, newRunId()).end;
    expect(await leftOf(dead)).toEqual([]);
    expect(await leftOf(alive)).toEqual(['datasets', 'state.json']);
  });

  it('hands over one file an expert for Wan 2.2', async () => {
    const job = receiver.makeJob({ baseModel: 'one-2.2' });
    expect(await start(job, newRunId()).end).toMatchObject({
      files: [{ role: 'high_noise' }, { role: 'low_noise' }],
    });
  });

  it('goes away before it fetches anything when another run has the attempt', async () => {
    const job = receiver.makeJob();
    receiver.claims.set(job.attemptId, 'fc-another');
    expect(await start(job, newRunId()).end).toMatchObject({ type: 'cancelled' });
    expect(receiver.imageFetches.get(job.attemptId)).toBeUndefined();
    expect(typesOf(job)).toEqual([]);
  });

  it.each([
    ['oom', 'OOM', false],
    ['nan', 'NAN_LOSS', false],
    ['full', 'INTERNAL', false],
    ['crash', 'INTERNAL', true],
    ['no-file', 'INTERNAL', true],
  ])('%s: %s, worth another try: %s', async (mode, code, retryable) => {
    const job = receiver.makeJob();
    const runId = newRunId();
    const end = await start(job, runId, mode).end;
    expect(end).toMatchObject({ type: 'failed', error: { code, retryable } });
    expect(JSON.stringify(end)).not.toMatch(/https?:|secret/);
    expect(typesOf(job).at(-1)).toBe('failed');
    expect(await leftOf(runId)).toEqual([]);
  });

  it('refuses a picture that is not the promised one', async () => {
    const job = receiver.makeJob();
    const [image] = job.images;
    if (image) image.sha256 = createHash('sha256').update('another').digest('hex');
    expect(await start(job, newRunId()).end).toMatchObject({
      error: { code: 'BAD_IMAGE', retryable: false },
    });
  });

  it('ends a training that is past its deadline, or has used up its seconds', async () => {
    for (const limits of [
      { maxSeconds: 600, deadlineAt: new Date(Date.now() + 2_000).toISOString() },
      { maxSeconds: 2, deadlineAt: new Date(Date.now() + 600_000).toISOString() },
    ]) {
      const job = receiver.makeJob({ limits });
      expect(await start(job, newRunId(), 'stuck').end).toMatchObject({
        error: { code: 'DEADLINE', retryable: false },
      });
    }
  });

  it('stops when it is told to, and its trainer with it', async () => {
    const job = receiver.makeJob();
    const runId = newRunId();
    let isCancelled = false;
    receiver.interfere(job.attemptId, {
      event: () => (isCancelled ? { status: 200, body: { action: 'cancel' } } : null),
    });
    const run = start(job, runId, 'stuck');
    await until(isAtStep(job, 1));
    const pid = await trainerOf(job, runId);
    isCancelled = true;
    expect(await run.end).toMatchObject({ type: 'cancelled' });
    expect(isAlive(pid)).toBe(false);
    expect(await leftOf(runId)).toEqual([]);
  });

  it('goes on from its checkpoint when its machine was taken away', async () => {
    const job = receiver.makeJob();
    const runId = newRunId();
    const first = start(job, runId, 'stuck', { canResume: true });
    await until(isAtStep(job, 500));
    first.child.kill('SIGTERM');
    expect(await first.end).toBeNull();
    expect(typesOf(job)).not.toContain('failed');

    const again = start(job, runId, '', { canResume: true });
    expect(await again.end).toMatchObject({ type: 'succeeded' });
    const events = receiver.eventsOf(job.attemptId);
    const seqs = events.map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(seqs.length);
    const steps = events.flatMap((event) => ('phase' in event ? [event.step] : []));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(receiver.imageFetches.get(job.attemptId)).toBe(job.images.length);
    expect(await leftOf(runId)).toEqual(['state.json']);
    // Started once more, it only repeats its end.
    expect(await start(job, runId, 'crash', { canResume: true }).end).toEqual(events.at(-1));
  });

  it('says that it was taken away where it cannot go on', async () => {
    const job = receiver.makeJob();
    const run = start(job, newRunId(), 'stuck');
    await until(isAtStep(job, 1));
    run.child.kill('SIGTERM');
    expect(await run.end).toBeNull();
    expect(receiver.eventsOf(job.attemptId).at(-1)).toMatchObject({
      error: { code: 'PREEMPTED', retryable: true },
    });
  });

  it('is not started for ever when each start kills it', async () => {
    const job = receiver.makeJob();
    const runId = newRunId();
    for (let crash = 0; crash < 4; crash += 1) {
      const run = start(job, runId, 'stuck', { canResume: true });
      await until(() => typesOf(job).filter((type) => type === 'accepted').length > crash);
      run.child.kill('SIGKILL');
      await run.end;
    }
    expect(await start(job, runId, 'stuck', { canResume: true }).end).toMatchObject({
      error: { code: 'INTERNAL', retryable: false },
    });
  });

  it('is called by RunPod, and ends there before it says that it was cancelled', async () => {
    const trained = receiver.makeJob();
    const good = start(trained, `${randomUUID()}-e1`, '', { by: runpod });
    expect(await good.end).toMatchObject({ type: 'succeeded' });

    const job = receiver.makeJob();
    const runId = `${randomUUID()}-e1`;
    const run = start(job, runId, 'stuck', { by: runpod });
    await until(isAtStep(job, 1));
    const pid = await trainerOf(job, runId);
    run.child.stdin?.write('cancel\n');
    expect(await run.end).toBe('CANCELLED');
    expect(isAlive(pid)).toBe(false);
    expect(await leftOf(runId)).toEqual([]);
  });

  it('is called by Modal, by the id of its call', async () => {
    const job = receiver.makeJob();
    const runId = newRunId();
    expect(await start(job, runId, '', { by: modal }).end).toMatchObject({ type: 'succeeded' });
    expect(receiver.claims.get(job.attemptId)).toBe(runId);
    expect(await leftOf(runId)).toEqual(['state.json']);
  });

  it('trains on while nothing it tells arrives, and tells its end again and again', async () => {
    const job = receiver.makeJob();
    const tries: string[] = [];
    receiver.interfere(job.attemptId, {
      event({ type }) {
        tries.push(type);
        const refused = tries.filter((tried) => tried === type).length <= 2;
        return type === 'accepted' || (type === 'succeeded' && !refused) ? null : { status: 503 };
      },
    });
    expect(await start(job, newRunId()).end).toMatchObject({ type: 'succeeded' });
    expect(typesOf(job)).toEqual(['accepted', 'succeeded']);
    expect(tries.filter((type) => type === 'succeeded')).toHaveLength(3);
  });

  it('asks for a fresh place when a file could not be put, and gives up when it is refused', async () => {
    const patient = receiver.makeJob();
    const answers = [{ status: 500 }, { status: 403 }];
    receiver.interfere(patient.attemptId, { put: () => answers.shift() ?? null });
    expect(await start(patient, newRunId()).end).toMatchObject({ type: 'succeeded' });

    const refused = receiver.makeJob();
    receiver.interfere(refused.attemptId, { grant: () => ({ status: 410 }) });
    expect(await start(refused, newRunId()).end).toMatchObject({
      error: { code: 'UPLOAD_FAILED', retryable: false },
    });
  });
});
