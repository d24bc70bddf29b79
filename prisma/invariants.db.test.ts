import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { grant } from '../lib/credits/ledger.ts';
import { db, inTransaction } from '../lib/db.ts';
import { asOwner } from '../lib/testing/database.ts';
import { makeCharacter, makePastTraining, makeUser } from '../lib/testing/factories.ts';
import { makePaidTraining } from '../lib/testing/paid-training.ts';
import { attemptOf, makeStage, trainingOf } from '../lib/testing/training-stage.ts';

// Each tries to break one promise of docs/invariants.md with raw SQL, as the owner of the tables, whom
// no missing permission stops: what refuses is the rule itself.

async function refused(sql: string, because: RegExp): Promise<void> {
  await expect(asOwner(sql)).rejects.toThrow(because);
}

/** A paid training that is open, as SQL names things. */
async function openTraining() {
  const stage = await makeStage();
  const { loraModelId: id } = await stage.start();
  const attempt = await attemptOf(id);
  const { holdId } = await trainingOf(id);
  const account = await db().creditAccount.findUniqueOrThrow({ where: { userId: stage.user.id } });
  return { stage, id, holdId: holdId ?? '', attemptId: attempt.id, accountId: account.id };
}

function line(accountId: string, kind: string, amount: number, rest = ''): string {
  const columns = 'id, account_id, idempotency_key, request_hash, memo, kind, amount';
  const [more, value] = rest ? rest.split('=') : [];
  return `INSERT INTO credit_lines (${columns}${more ? `, ${more}` : ''}) VALUES
    (gen_random_uuid(), '${accountId}', gen_random_uuid()::text, '', 'x', '${kind}', ${amount}${value ? `, '${value}'` : ''})`;
}

/** The statements that end a training without its hold, for a test to add the hold's part. */
function end(id: string, status: 'ready' | 'failed' | 'cancelled'): string {
  const reason = status === 'failed' ? ", failure_reason = 'GPU_LOST'" : '';
  return `UPDATE lora_models SET status = '${status}', training_completed_at = now()${reason}
          WHERE id = '${id}'`;
}

describe('I1 I2 I11: balances are what their lines make', () => {
  it('refuses a balance moved by hand, and a line below zero', async () => {
    const { accountId } = await openTraining();
    for (const column of ['available', 'reserved', 'line_count']) {
      await refused(
        `UPDATE credit_accounts SET ${column} = ${column} + 1 WHERE id = '${accountId}'`,
        /moved by credit_lines only/,
      );
    }
    await refused(
      line(accountId, 'reserve', 1_000_000, `lora_model_id=${randomUUID()}`),
      /available/,
    );
    await refused(line(accountId, 'grant', 0), /amount/);
    await refused(line(accountId, 'grant', -5), /amount/);
  });
});

describe('I3: a hold has one resolution', () => {
  it('refuses a second settlement, a part of it, another account’s, and one of no hold', async () => {
    const stage = await makeStage();
    const id = await makePaidTraining(stage.character, { status: 'failed' });
    await makePaidTraining(await makeCharacter(stage.user), { status: 'pending' });
    const open = await openTraining();
    const { holdId } = await trainingOf(id);
    const hold = await db().creditLine.findUniqueOrThrow({ where: { id: holdId ?? '' } });
    const settle = (account: string, amount: number, holds: string) =>
      line(account, 'release', amount, `hold_id=${holds}`);
    await refused(settle(hold.accountId, Number(hold.amount), hold.id), /hold_id/);
    await refused(settle(open.accountId, 1, open.holdId), /hold_id|foreign key/);
    await refused(settle(hold.accountId, 22_000, open.holdId), /foreign key|reserved/);
    await refused(settle(hold.accountId, 1, randomUUID()), /foreign key|reserved/);
  });
});

describe('I4: a hold belongs to one live training', () => {
  it('refuses a training that shows another’s hold, or one of another price', async () => {
    const [one, other] = [await openTraining(), await openTraining()];
    const copy = (change: string) => `
      INSERT INTO lora_models SELECT (jsonb_populate_record(training, ${change})).*
      FROM lora_models training WHERE id = '${other.id}'`;
    await refused(
      copy(`jsonb_build_object('id', gen_random_uuid(), 'request_id', gen_random_uuid())`),
      /hold_id|one_open/,
    );
    await refused(
      `UPDATE lora_models SET hold_id = '${other.holdId}' WHERE id = '${one.id}'`,
      /agreed/,
    );
    const free = randomUUID();
    await refused(
      `${line(one.accountId, 'reserve', 20_000, `lora_model_id=${free}`)};
       ${end(other.id, 'cancelled')}; ${line(other.accountId, 'release', 22_000, `hold_id=${other.holdId}`)};
       INSERT INTO lora_models SELECT (jsonb_populate_record(training, jsonb_build_object(
         'id', '${free}', 'request_id', gen_random_uuid(), 'status', 'pending',
         'training_completed_at', null,
         'hold_id', (SELECT id FROM credit_lines WHERE lora_model_id = '${free}')))).*
       FROM lora_models training WHERE id = '${other.id}'`,
      /was not made for it/,
    );
  });

  it('refuses an end that leaves the hold open, and a settlement that leaves the training open', async () => {
    const { id, accountId, holdId } = await openTraining();
    await refused(end(id, 'cancelled'), /hold is open/);
    await refused(end(id, 'failed'), /hold is open/);
    await refused(line(accountId, 'capture', 22_000, `hold_id=${holdId}`), /cannot settle/);
    await refused(line(accountId, 'release', 22_000, `hold_id=${holdId}`), /cannot settle/);
  });

  it('refuses to delete a training, its character or its creator while the hold is open', async () => {
    const { stage, id, accountId, holdId } = await openTraining();
    const away = [
      `DELETE FROM lora_models WHERE id = '${id}'`,
      `DELETE FROM characters WHERE id = '${stage.character.id}'`,
      `DELETE FROM users WHERE id = '${stage.user.id}'`,
    ];
    for (const statement of away) await refused(statement, /is gone but its hold is open/);
    await asOwner(`${away[1]}; ${line(accountId, 'release', 22_000, `hold_id=${holdId}`)}`);
    expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
  });
});

describe('I5: ready is paid for, and there', () => {
  it('refuses ready without a capture, and ready without its file', async () => {
    const { id, accountId, holdId } = await openTraining();
    const capture = line(accountId, 'capture', 22_000, `hold_id=${holdId}`);
    const ready = `UPDATE lora_models SET status = 'training' WHERE id = '${id}';
      UPDATE lora_models SET model_path = 'somewhere' WHERE id = '${id}'; ${end(id, 'ready')}`;
    await refused(ready, /hold is open|has no file/);
    await refused(`${ready}; ${capture}`, /is ready but has no file/);
    await refused(`${ready}; ${line(accountId, 'release', 22_000, `hold_id=${holdId}`)}`, /./);
  });

  it('refuses to take the file of a ready model away, or to change what was checked', async () => {
    const { stage } = await openTraining();
    const { id } = await makePastTraining({
      userId: stage.user.id,
      characterId: stage.character.id,
    });
    const of = `WHERE lora_model_id = '${id}'`;
    await refused(`DELETE FROM lora_files ${of}`, /has no file/);
    await refused(`UPDATE lora_files SET sha256 = repeat('0', 64) ${of}`, /does not change/);
    await refused(`UPDATE lora_files SET bytes = bytes + 1 ${of}`, /does not change/);
    await asOwner(`UPDATE lora_models SET expired_at = now() WHERE id = '${id}';
                   DELETE FROM lora_files ${of}`);
  });
});

describe('I6: failed and cancelled cost nothing', () => {
  it.each(['failed', 'cancelled'] as const)(
    'refuses a charge for a %s training',
    async (status) => {
      const { id, accountId, holdId } = await openTraining();
      const capture = line(accountId, 'capture', 22_000, `hold_id=${holdId}`);
      await refused(`${end(id, status)}; ${capture}`, /hold is capture|cannot settle/);
    },
  );
});

describe('I7: ends absorb', () => {
  it('refuses to move an ended training or attempt, or a fence back', async () => {
    const stage = await makeStage();
    const id = await makePaidTraining(stage.character, { status: 'cancelled' });
    await refused(
      `UPDATE lora_models SET status = 'training', training_completed_at = NULL WHERE id = '${id}'`,
      /cannot go from/,
    );
    const { attemptId } = await openTraining();
    const set = (change: string) =>
      `UPDATE training_attempts SET ${change} WHERE id = '${attemptId}'`;
    await refused(set('fence = fence - 1'), /only rises/);
    await refused(set("job_name = 'another'"), /stays the one it was/);
    await refused(set("state = 'submitted'"), /check constraint/);
    await refused(set("state = 'submitted', external_job_id = 'x'"), /submitted_when/);
    await refused(set("state = 'ended'"), /check constraint/);
    await refused(set('released_at = now()'), /released_has_ended/);
    await refused(set("claimed_job_id = 'a'"), /watches_what_claimed_it/);
    await asOwner(set("claimed_job_id = 'a', external_job_id = 'a'"));
    await refused(set("external_job_id = 'b'"), /watches_what_claimed_it/);
    await refused(set("claimed_job_id = 'b', external_job_id = 'b'"), /claimed once/);
    await refused(set('claimed_job_id = NULL'), /claimed once/);
    await asOwner(set("state = 'ended', ended_at = now()"));
    await refused(set("state = 'submitting', ended_at = NULL"), /stays ended/);
  });
});

describe('I8: one at a time', () => {
  it('refuses a second open training of a character, and a second live attempt', async () => {
    const { id, attemptId } = await openTraining();
    const stage = await makeStage();
    const first = await makePaidTraining(stage.character, { status: 'pending' });
    expect(first).toBeTruthy();
    await expect(makePaidTraining(stage.character, { status: 'pending' })).rejects.toThrow();
    await refused(
      `INSERT INTO training_attempts (id, lora_model_id, number, provider, job_name)
       VALUES (gen_random_uuid(), '${id}', 2, 'sandbox', 'likeness-${attemptId}-second')`,
      /one_live/,
    );
  });
});

describe('I9: a failure earns one free retry, spent once', () => {
  it('refuses a retry nobody earned, a second one, and a second spending', async () => {
    const stage = await makeStage();
    const who = { userId: stage.user.id, characterId: stage.character.id };
    const failed = await makePastTraining(who, { status: 'failed' });
    const ready = await makePastTraining(who);
    const [spent, again] = [await makePastTraining(who), await makePastTraining(who)];
    const give = (to: string) => `
      INSERT INTO free_retries
        (id, user_id, character_id, failed_lora_model_id, base_model, max_images, expires_at)
      VALUES (gen_random_uuid(), '${who.userId}', '${who.characterId}', '${to}', 'z-image-turbo', 7,
              now() + interval '1 day')`;
    const spend = (on: string) =>
      `UPDATE free_retries SET spent_by_lora_model_id = '${on}'
       WHERE failed_lora_model_id = '${failed.id}'`;
    await refused(give(ready.id), /needs a training that failed/);
    await asOwner(give(failed.id));
    await refused(give(failed.id), /failed_lora_model_id/);
    await refused(spend((await openTraining()).id), /does not pay for that training/);
    await refused('UPDATE free_retries SET max_images = 50', /does not change/);
    await asOwner(spend(spent.id));
    await refused(spend(again.id), /is spent once/);
    await refused('UPDATE free_retries SET spent_by_lora_model_id = NULL', /is spent once/);
  });
});

describe('I10: told once', () => {
  it('refuses a second notice of one type about one training', async () => {
    const { id } = await openTraining();
    await refused(
      `INSERT INTO notifications (id, user_id, type, subject_id, title, body, href)
       SELECT gen_random_uuid(), user_id, type, subject_id, title, body, href
       FROM notifications WHERE subject_id = '${id}'`,
      /subject_id_type/,
    );
  });
});

describe('I12: no job runs unknown', () => {
  it('refuses a job name twice', async () => {
    const [one, other] = [await openTraining(), await openTraining()];
    const { jobName } = await attemptOf(one.id);
    await refused(
      `UPDATE training_attempts SET state = 'ended', ended_at = now() WHERE id = '${other.attemptId}';
       INSERT INTO training_attempts (id, lora_model_id, number, provider, job_name)
       VALUES (gen_random_uuid(), '${other.id}', 2, 'sandbox', '${jobName}')`,
      /job_name/,
    );
  });
});

describe('purchases and grants', () => {
  it('refuses paid without its grant, a grant without its purchase, and one of another amount', async () => {
    const user = await makeUser();
    const account = await db().creditAccount.findUniqueOrThrow({ where: { userId: user.id } });
    const id = randomUUID();
    const buy = (status: string, settled: string) => `
      INSERT INTO purchases (id, user_id, account_id, request_id, package_id, credits, amount_cents,
                             currency, provider, status, settled_at)
      VALUES ('${id}', '${user.id}', '${account.id}', gen_random_uuid(), 'v1-25000', 25000, 2500,
              'usd', 'stripe', '${status}', ${settled})`;
    const grantOf = (amount: number) => `
      INSERT INTO credit_lines (id, account_id, kind, amount, idempotency_key, request_hash, memo)
      VALUES (gen_random_uuid(), '${account.id}', 'grant', ${amount}, 'purchase:${id}', '', 'x')`;
    await refused(buy('paid', 'now()'), /is paid but 0 of 25000/);
    await refused(grantOf(25_000), /has no paid purchase/);
    await refused(`${buy('paid', 'now()')}; ${grantOf(24_000)}`, /24000 of 25000|no paid purchase/);
    await refused(`${buy('pending', 'NULL')}; ${grantOf(25_000)}`, /25000|no paid purchase/);
    await asOwner(`${buy('paid', 'now()')}; ${grantOf(25_000)}`);
    await refused(`UPDATE purchases SET credits = 1 WHERE id = '${id}'`, /agreed/);
    await expect(
      inTransaction((tx) =>
        grant(tx, user.id, 25_000, { idempotencyKey: `purchase:${id}`, memo: 'x' }),
      ),
    ).rejects.toMatchObject({ code: 'REQUEST_REUSED' });
  });
});
