import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasTest, type NamedTest } from './dead-references.ts';
import { ROOT } from './root.ts';

/** Something in the source that keeps a promise, and the tests that miss it when it is gone. */
export interface Guard {
  name: string;
  file: string;
  /** The guard as it stands there, once. */
  text: string;
  /** What stands there without it. */
  without: string;
  missedBy: NamedTest[];
}

const foundation = 'prisma/migrations/20261122000000_foundation/migration.sql';
const books = 'prisma/migrations/20261126010000_books/migration.sql';
const deletions = 'prisma/migrations/20261126040000_deletions/migration.sql';
const invariants = 'prisma/invariants.db.test.ts';
const claims = 'lib/lora/claim-attempt.db.test.ts';
const faults = 'lib/lora/faults.db.test.ts';
const jobClaims = 'lib/lora/job-claim.db.test.ts';
const ledger = 'lib/credits/ledger.db.test.ts';
const observing = 'lib/lora/observe-attempt.db.test.ts';
const endings = 'lib/lora/gpu-endings.db.test.ts';
const modal = 'lib/gpu/modal.contract.test.ts';
const runpod = 'lib/gpu/runpod.contract.test.ts';
const purchases = 'lib/credits/purchases.db.test.ts';
const races = 'lib/lora/races.db.test.ts';
const starting = 'lib/lora/start-training.db.test.ts';
const submitting = 'lib/lora/submit-attempt.db.test.ts';
const callbacks = 'lib/lora/receive-callback.db.test.ts';
const artifacts = 'lib/lora/store-artifact.contract.test.ts';
const doors = 'app/_doors/doors.db.test.ts';
const canaries = 'app/_doors/canaries.db.test.ts';

/**
 * The guards of the promises about credits, models and strangers. `npm run mutants` takes each away
 * in turn. A guard belongs here when losing it would show in no other way before it costs somebody.
 */
export const guards: Guard[] = [
  // One worker at an attempt, and one job.
  {
    name: 'job claim: a second job is told to stop',
    file: 'lib/lora/job-claim.ts',
    text: 'if (known) return known === externalJobId;',
    without: 'if (known) return true;',
    missedBy: [
      {
        file: jobClaims,
        title: 'is of the first job for good: the same may ask again, any other is told to stop',
      },
      {
        file: jobClaims,
        title:
          'is of the job that claimed, not of another, nor of one that does not say which it is',
      },
    ],
  },
  {
    name: 'job claim: what a submit writes down follows it',
    file: 'lib/lora/submit-attempt.ts',
    text: '(await jobThatClaimed(tx, attempt.id)) ?? externalJobId;',
    without: 'externalJobId;',
    missedBy: [
      { file: jobClaims, title: 'that is claimed before its commit names the job that claimed' },
    ],
  },
  {
    name: 'job claim: a look at the job that lost is dropped',
    file: 'lib/lora/job-claim.ts',
    text: '             fence = fence + watches_another::int,\n',
    without: '',
    missedBy: [
      {
        file: jobClaims,
        title: 'that gave way is not ended by a look at the job it had named',
      },
    ],
  },
  {
    name: 'job claim: no other submit once there is one',
    file: 'lib/lora/submit-attempt.ts',
    text: 'if (claimedJobId) return { externalJobId: claimedJobId };',
    without: '',
    missedBy: [
      {
        file: jobClaims,
        title: 'is not repeated once its job has claimed, although its answer never came',
      },
    ],
  },
  {
    name: 'an attempt is claimed once',
    file: 'prisma/migrations/20261126060000_job_claims/migration.sql',
    text: "    RAISE EXCEPTION 'an attempt is claimed once' USING ERRCODE = 'check_violation';",
    without: '    RETURN NEW;',
    missedBy: [
      {
        file: invariants,
        title: 'refuses to move an ended training or attempt, or a fence back',
      },
    ],
  },
  {
    name: 'fence: a commit of an older claim is dropped',
    file: 'lib/lora/claim-attempt.ts',
    text: 'const ours = { id, fence, state };',
    without: 'const ours = { id, state };',
    missedBy: [
      { file: claims, title: 'drops what a worker writes that was frozen past its lease' },
      {
        file: races,
        title:
          'one worker about to cancel it, another with the result: ready, and the first changes nothing',
      },
    ],
  },
  {
    name: 'fence: who stood still takes nothing away at the provider',
    file: 'lib/lora/claim-attempt.ts',
    text: 'if (held === 0) throw new LostClaim(id);',
    without: '',
    missedBy: [
      {
        file: faults,
        title:
          'takes nothing away when another worker has it since: that one may have seen a result',
      },
    ],
  },
  {
    name: 'fence: who stood still makes no job at the provider',
    file: 'lib/lora/submit-attempt.ts',
    text: 'await confirmClaim(attempt);',
    without: '',
    missedBy: [
      {
        file: submitting,
        title: 'makes no job after standing still, when another worker has made and removed it',
      },
    ],
  },
  {
    name: 'a database that goes away under a sweep ends no worker',
    file: 'lib/lora/sweep-attempts.ts',
    text: '.catch((error) => failures.push(error))',
    without: '',
    missedBy: [
      {
        file: 'lib/lora/sweep-attempts.db.test.ts',
        title:
          'tells of a database that goes away when all its steps have ended, and ends no process',
      },
    ],
  },
  {
    name: 'a connection that ends as it changes hands ends no process',
    file: 'lib/db.ts',
    text: "client.on('error', () => {})",
    without: 'client',
    missedBy: [
      {
        file: 'lib/db.db.test.ts',
        title: 'a connection that PostgreSQL ends as it changes hands ends no process',
      },
    ],
  },
  {
    name: 'bell: one that rings during a look is not overwritten',
    file: 'lib/lora/claim-attempt.ts',
    text: 'const unrung = await write({ ...ours, nextCheckAt }, data);',
    without: 'const unrung = await write(ours, data);',
    missedBy: [
      { file: claims, title: 'keeps a bell that rings during a step, whatever the step writes' },
    ],
  },
  {
    name: 'lease: an attempt that is held is not claimed',
    file: 'lib/lora/claim-attempt.ts',
    text: 'where: { id: attemptId, state, OR: [{ leaseUntil: null }, { leaseUntil: { lt: now } }] },',
    without: 'where: { id: attemptId, state },',
    missedBy: [{ file: claims, title: 'gives an attempt to one of many who want it' }],
  },
  {
    name: 'lease: renewed while a file is read',
    file: 'lib/lora/claim-attempt.ts',
    text: 'setInterval(renew, ',
    without: 'setInterval(() => renew, ',
    missedBy: [{ file: faults, title: 'renews its lease for as long as reading the file takes' }],
  },
  // The GPU is paid for once.
  {
    name: 'Modal: a spawn is sent once, by a key of its own',
    file: 'lib/gpu/modal-client.ts',
    text: 'Object.assign(limit, { metadata, retries: 0 })',
    without: 'Object.assign(limit, { metadata })',
    missedBy: [
      {
        file: modal,
        title: 'spawns once where the answer was lost, and with a key by which Modal may know it',
      },
    ],
  },
  {
    name: 'Modal: a call that has not ended is none that took too long',
    file: 'lib/gpu/modal-client.ts',
    text: "  if (error instanceof TimeoutError) return { is: 'unfinished' };\n",
    without: '',
    missedBy: [
      { file: modal, title: 'not finished: queued, and running once its worker has said so' },
    ],
  },
  {
    name: 'find before submit',
    file: 'lib/lora/submit-attempt.ts',
    text: 'findByName(jobName)',
    without: 'list().then(() => null)',
    missedBy: [
      {
        file: submitting,
        title: 'finds its own job again when the answer was lost, instead of submitting twice',
      },
      {
        file: faults,
        title:
          'whose worker died between the call and the commit: its job is found, not made again',
      },
    ],
  },
  {
    name: 'no page is the word that a job was removed',
    file: 'lib/gpu/worker-host.ts',
    text: "if (await call('DELETE', pathOf(externalJobId))) {",
    without: "if ((await call('DELETE', pathOf(externalJobId))) === undefined) {",
    missedBy: [{ file: faults, title: 'is made again until the provider confirms it: %s, %s' }],
  },
  {
    name: 'what was found by nobody is looked for by name before it is let go',
    file: 'lib/lora/release-attempt.ts',
    text: 'findByName(attempt.jobName)',
    without: 'list().then(() => null)',
    missedBy: [{ file: faults, title: 'is made again until the provider confirms it: %s, %s' }],
  },
  // A rented GPU is let go.
  {
    name: 'rented: gone is what is in no list any more',
    file: 'lib/gpu/runpod.ts',
    text: 'if (left.length > 0) throw',
    without: 'if (left.length > 1) throw',
    missedBy: [{ file: runpod, title: 'a deletion counts when the pod is in no list any more' }],
  },
  {
    name: 'rented: one that says nothing is given up',
    file: 'lib/lora/observe-attempt.ts',
    text: "if (error.kind === 'busy' && silentSeconds",
    without: "if (error.kind === 'reject' && silentSeconds",
    missedBy: [
      {
        file: 'lib/lora/runpod-training.db.test.ts',
        title:
          'a pod whose proxy is dead is given up within two hours, and removed, although nobody can say what became of its job',
      },
    ],
  },
  {
    name: 'rented: a full disk is not filled again',
    file: 'lib/gpu/ai-toolkit.ts',
    text: "  [/no space left on device/i, 'INTERNAL', false],\n",
    without: '',
    missedBy: [{ file: endings, title: 'the disk is full, and no second disk is filled' }],
  },
  {
    name: 'rented: the operator is told why and what to do',
    file: 'lib/lora/apply-observation.ts',
    text: '    tellOperator(claim, outcome);\n',
    without: '',
    missedBy: [{ file: endings, title: 'the job stays running for ever' }],
  },
  // Credits.
  {
    name: 'a hold is settled once',
    file: foundation,
    text: 'CREATE UNIQUE INDEX credit_lines_hold_id_key',
    without: 'CREATE INDEX credit_lines_hold_id_key',
    missedBy: [{ file: ledger, title: 'settles a hold once, also where another one is open' }],
  },
  {
    name: 'an end settles its hold',
    file: deletions,
    text: "    RAISE EXCEPTION 'training % is % but its hold is %', training.id, training.status,\n      coalesce(settled::text, 'open') USING ERRCODE = 'check_violation';",
    without: '    RETURN NULL;',
    missedBy: [{ file: observing, title: 'ends no training without settling its hold' }],
  },
  {
    name: 'a training that goes leaves no hold open',
    file: books,
    text: "    RAISE EXCEPTION 'training % is gone but its hold is open', OLD.id\n      USING ERRCODE = 'check_violation';",
    without: '    RETURN NULL;',
    missedBy: [
      {
        file: invariants,
        title: 'refuses to delete a training, its character or its creator while the hold is open',
      },
    ],
  },
  {
    name: 'a settlement ends its training',
    file: foundation,
    text: "    RAISE EXCEPTION 'a % cannot settle a % training', NEW.kind, training_state\n      USING ERRCODE = 'check_violation';",
    without: '    RETURN NULL;',
    missedBy: [{ file: observing, title: 'settles no hold of a training that goes on' }],
  },
  {
    name: 'balances move by lines only',
    file: foundation,
    text: "    RAISE EXCEPTION 'balances are moved by credit_lines only';",
    without: '    RETURN NEW;',
    missedBy: [{ file: ledger, title: 'moves no balance without a line' }],
  },
  {
    name: 'a repeated movement is the same movement',
    file: 'lib/credits/ledger.ts',
    text: 'if (existing && existing.requestHash !== hashOf(line))',
    without: 'if (existing && existing.requestHash === null)',
    missedBy: [
      {
        file: ledger,
        title: 'answers a repeat with the same hold, and refuses the same key with another amount',
      },
    ],
  },
  {
    name: 'what is paid and what is granted agree',
    file: books,
    text: "    RAISE EXCEPTION 'purchase % is % but % of % credits are granted', purchase.id, purchase.status,\n      coalesce(line.amount, 0), purchase.credits USING ERRCODE = 'check_violation';",
    without: '    RETURN NULL;',
    missedBy: [
      {
        file: invariants,
        title:
          'refuses paid without its grant, a grant without its purchase, and one of another amount',
      },
    ],
  },
  {
    name: 'only the price that was shown is taken',
    file: 'lib/lora/start-training.ts',
    text: 'if (input.expectedCredits !== costCredits) {',
    without: 'if (input.expectedCredits < 0) {',
    missedBy: [{ file: starting, title: 'refuses %s and leaves nothing behind' }],
  },
  {
    name: 'a free retry is spent once',
    file: 'lib/lora/free-retry.ts',
    text: '      spentByLoraModelId: null,\n',
    without: '',
    missedBy: [
      { file: observing, title: 'frees one try, and no second one when that was cancelled' },
    ],
  },
  {
    name: 'sandbox credits never meet a real GPU',
    file: 'lib/credits/refuse-sandbox-credits.ts',
    text: '  if (!found) return;\n',
    without: '  return;\n',
    missedBy: [
      {
        file: 'lib/credits/refuse-sandbox-credits.db.test.ts',
        title: 'lets no real GPU be plugged in where credits lie that nobody paid for',
      },
    ],
  },
  {
    name: 'a test purchase is not settled where a real GPU is',
    file: 'lib/credits/settle-purchase.ts',
    text: "demand(env().GPU_PROVIDER === 'sandbox', 'SANDBOX_ONLY');",
    without: '',
    missedBy: [
      {
        file: purchases,
        title: 'a test purchase that was begun is not settled once a real GPU is plugged in',
      },
    ],
  },
  // Trainings and their files.
  {
    name: 'one open training a character',
    file: foundation,
    text: 'CREATE UNIQUE INDEX lora_models_one_open',
    without: 'CREATE INDEX lora_models_one_open',
    missedBy: [
      {
        file: invariants,
        title: 'refuses a second open training of a character, and a second live attempt',
      },
    ],
  },
  {
    name: 'ends absorb',
    file: deletions,
    text: "    RAISE EXCEPTION 'a training cannot go from % to %', OLD.status, NEW.status\n      USING ERRCODE = 'check_violation';",
    without: '    RETURN NEW;',
    missedBy: [
      {
        file: invariants,
        title: 'refuses to move an ended training or attempt, or a fence back',
      },
    ],
  },
  {
    name: 'ready has its file',
    file: books,
    text: "    RAISE EXCEPTION 'model % is ready but has no file', model_id USING ERRCODE = 'check_violation';",
    without: '    RETURN NULL;',
    missedBy: [
      { file: invariants, title: 'refuses ready without a capture, and ready without its file' },
    ],
  },
  {
    name: 'a stored file does not change',
    file: books,
    text: 'CREATE TRIGGER file_facts_stay BEFORE UPDATE ON lora_files\n  FOR EACH ROW EXECUTE FUNCTION file_facts_stay();',
    without: '',
    missedBy: [
      {
        file: invariants,
        title: 'refuses to take the file of a ready model away, or to change what was checked',
      },
    ],
  },
  {
    name: 'a fence only rises',
    file: books,
    text: "    RAISE EXCEPTION 'a fence only rises' USING ERRCODE = 'check_violation';",
    without: '    RETURN NEW;',
    missedBy: [
      {
        file: invariants,
        title: 'refuses to move an ended training or attempt, or a fence back',
      },
    ],
  },
  {
    name: 'a finished result wins over a cancellation',
    file: 'lib/lora/observe-attempt.ts',
    text: "if (observation.state === 'succeeded') return",
    without: "if (observation.state === 'succeeded' && !training.cancelRequestedAt) return",
    missedBy: [
      {
        file: races,
        title: 'the cancellation first: a result that is there by the next look wins',
      },
    ],
  },
  {
    name: 'a result that arrives late is kept',
    file: 'lib/lora/release-attempt.ts',
    text: "training.status === 'failed'",
    without: "training.status === 'pending'",
    missedBy: [
      {
        file: races,
        title:
          'the failure first: the file is kept, nothing is charged, and the free retry claims it',
      },
    ],
  },
  {
    name: 'the SHA-256 of what is stored is the one that was told',
    file: 'lib/lora/store-artifact.ts',
    text: "if (hash.digest('hex') !== told.sha256) throw new",
    without: 'if (!told.sha256) throw new',
    missedBy: [{ file: artifacts, title: 'refuses bytes that are not those that were told' }],
  },
  {
    name: 'a file has its one place',
    file: 'lib/lora/store-artifact.ts',
    text: 'if (told.key !== loraFileKey(attemptId, role, told.sha256)) {',
    without: 'if (!told.key) {',
    missedBy: [
      { file: artifacts, title: 'takes no file from another attempt’s place in the store' },
    ],
  },
  // Bells, callbacks, notices.
  {
    name: 'a bell rings only when its transaction is committed',
    file: 'lib/jobs/queue.ts',
    text: '    db: fromPrisma(tx),\n',
    without: '',
    missedBy: [
      {
        file: faults,
        title: 'in success, cut off at %s, leaves the training open, and is made once afterwards',
      },
    ],
  },
  {
    name: 'a delivery counts once',
    file: foundation,
    text: '  PRIMARY KEY (provider, delivery_id)\n',
    without: '  CHECK (seq IS NOT NULL)\n',
    missedBy: [
      {
        file: callbacks,
        title: 'takes the same delivery once, however often and however parallel it comes',
      },
    ],
  },
  {
    name: 'a callback is signed',
    file: 'lib/lora/receive-callback.ts',
    text: '({ deliveryId } = verifyEvent([secret], callback.headers, callback.rawBody));',
    without: "deliveryId = secret && (callback.headers['webhook-id'] ?? 'none');",
    missedBy: [
      { file: callbacks, title: 'refuses what is forged, too old, too new or changed on the way' },
    ],
  },
  {
    name: 'a request for a place in the store is signed',
    file: 'lib/lora/grant-upload.ts',
    text: 'verifyEvent([secret], callback.headers, callback.rawBody);',
    without: 'void [secret, verifyEvent];',
    missedBy: [
      { file: callbacks, title: 'refuses a bad signature, nonsense, and an attempt that is over' },
    ],
  },
  {
    name: 'an event is of the attempt it is signed for',
    file: 'lib/lora/receive-callback.ts',
    text: 'if (!event || event.attemptId !== callback.attemptId) {',
    without: 'if (!event) {',
    missedBy: [
      {
        file: callbacks,
        title: 'takes no event that names another attempt than the one it is signed for',
      },
    ],
  },
  {
    name: 'told once',
    file: foundation,
    text: 'CREATE UNIQUE INDEX notifications_subject_id_type_key',
    without: 'CREATE INDEX notifications_subject_id_type_key',
    missedBy: [
      { file: 'lib/notifications/inbox.db.test.ts', title: 'tells once for each subject and type' },
    ],
  },
  {
    name: 'one e-mail a notice',
    file: 'lib/notifications/send-email.ts',
    text: "      where: { notificationId, status: 'waiting' },\n      data: { status: 'sending',",
    without: "      where: { notificationId },\n      data: { status: 'sending',",
    missedBy: [
      {
        file: 'lib/notifications/send-email.db.test.ts',
        title: 'sends once when two have seen it waiting at the same moment',
      },
    ],
  },
  // Strangers.
  {
    name: 'owner: whose training is cancelled',
    file: 'lib/lora/cancel-training.ts',
    text: 'const mine = { id: input.loraModelId, userId: ctx.actor.userId };',
    without: 'const mine = { id: input.loraModelId };',
    missedBy: [{ file: observing, title: 'is not for somebody else' }],
  },
  {
    name: 'owner: whose character is trained',
    file: 'lib/lora/start-training.ts',
    text: 'await tx.character.findFirst({ where: { id: characterId, userId } });',
    without: 'await tx.character.findFirst({ where: { id: characterId } });',
    missedBy: [{ file: starting, title: 'finds nothing at somebody else’s character' }],
  },
  {
    name: 'owner: whose images are trained on',
    file: 'lib/lora/start-training.ts',
    text: '      characterId: character.id,\n      state:',
    without: '      state:',
    missedBy: [
      {
        file: starting,
        title: 'refuses images of another character, of the same creator or not',
      },
    ],
  },
  {
    name: 'owner: whose file is linked to',
    file: 'lib/lora/link-lora-file.ts',
    text: 'where: { id: loraModelId, characterId, userId },',
    without: 'where: { id: loraModelId, characterId },',
    missedBy: [{ file: doors, title: 'treats what is somebody else’s as what is not there' }],
  },
  {
    name: 'origin: of a sign-up',
    file: 'app/actions/sign-up.ts',
    text: '    demandOwnOrigin(given);\n',
    without: '    void demandOwnOrigin;\n',
    missedBy: [{ file: doors, title: 'refuses %s' }],
  },
  {
    name: 'origin: of a request with a cookie',
    file: 'app/_server/caller.ts',
    text: '  if (!isOwnOrigin(headers)) {\n',
    without: '  if (!headers && !isOwnOrigin(headers)) {\n',
    missedBy: [{ file: doors, title: 'refuses a cookie without our own origin' }],
  },
  {
    name: 'the operators’ switch is not there for creators',
    file: 'app/_server/creator-action.ts',
    text: "if (operatorsOnly) demand(await isOperator(user), 'NOT_FOUND');",
    without: '',
    missedBy: [
      {
        file: doors,
        title: 'is not there for creators, which is written down, and does it for operators',
      },
    ],
  },
  {
    name: 'acts: what is not there is written down once an hour',
    file: 'prisma/migrations/20261126120000_records_not_found/migration.sql',
    text: 'CREATE UNIQUE INDEX acts_record_not_found_once',
    without: 'CREATE INDEX acts_record_not_found_once',
    missedBy: [
      {
        file: 'lib/acts/acts.db.test.ts',
        title: 'is written down once for each user, operation and hour, however many come at once',
      },
    ],
  },

  // No secret is said again.
  {
    name: 'secrets: in the log',
    file: 'lib/log.ts',
    text: '    hooks: { streamWrite: (line) => withoutSecrets(line) },\n',
    without: '',
    missedBy: [{ file: canaries, title: 'is Stripe, with %s' }],
  },
  {
    name: 'secrets: in what a GPU provider answered',
    file: 'lib/gpu/http-reply.ts',
    text: 'response.ok ? text : withoutSecrets(text, token)',
    without: 'text',
    missedBy: [{ file: canaries, title: 'is RunPod, with %s, for pods and for its serverless' }],
  },
  {
    name: 'secrets: in what a trainer said',
    file: 'lib/lora/observe-attempt.ts',
    text: 'withoutSecrets(seen.message)',
    without: 'seen.message',
    missedBy: [
      { file: observing, title: 'keeps what the trainer said without a secret it quotes' },
    ],
  },
  {
    name: 'secrets: in the queue’s record of a failed job',
    file: 'lib/jobs/answer-job.ts',
    text: 'throw new Error(',
    without: 'throw error ?? new Error(',
    missedBy: [{ file: canaries, title: 'is Stripe, with %s' }],
  },
];

/** Guards whose text is not in the source any more, or is there twice, and tests that are gone. */
export async function findRottenGuards(): Promise<string[]> {
  const found = await Promise.all(
    guards.map(async ({ name, file, text, missedBy }) => {
      const source = await readFile(join(ROOT, file), 'utf8').catch(() => '');
      const times = source.split(text).length - 1;
      const rotten = times === 1 ? [] : [`“${name}”: its text is in ${file} ${times} times.`];
      for (const test of missedBy) {
        if (!(await hasTest(test))) {
          rotten.push(`“${name}”: there is no test “${test.title}” in ${test.file}.`);
        }
      }
      return rotten;
    }),
  );
  return found.flat().map((line) => `scripts/guards.ts: ${line}`);
}
