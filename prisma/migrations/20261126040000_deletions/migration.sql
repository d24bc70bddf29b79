-- Deletion of an influencer or an account. What is deleted loses its owner at once, so that every
-- read answers NOT_FOUND; the saga of lib/deletions then empties store, provider and tables.

ALTER TABLE characters       ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE character_images ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE lora_models      ALTER COLUMN user_id DROP NOT NULL;

-- As before, and a training can lose its owner; it never gets another.
CREATE OR REPLACE FUNCTION training_status_moves_forward() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.status IS DISTINCT FROM OLD.status AND NOT (
       (OLD.status = 'pending'  AND NEW.status IN ('training', 'failed', 'cancelled'))
    OR (OLD.status = 'training' AND NEW.status IN ('ready', 'failed', 'cancelled'))) THEN
    RAISE EXCEPTION 'a training cannot go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.cost_credits, NEW.hold_id, NEW.character_id, NEW.image_manifest_sha256)
     IS DISTINCT FROM
     (OLD.cost_credits, OLD.hold_id, OLD.character_id, OLD.image_manifest_sha256)
     OR (NEW.user_id IS DISTINCT FROM OLD.user_id AND NEW.user_id IS NOT NULL) THEN
    RAISE EXCEPTION 'what was agreed for a training does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- As before, and of a training that lost its owner the account is still its creator's.
CREATE OR REPLACE FUNCTION training_and_hold_agree() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  settled credit_line_kind;
  training lora_models;
BEGIN
  SELECT * INTO training FROM lora_models WHERE id = NEW.id;
  IF NOT FOUND OR training.hold_id IS NULL THEN RETURN NULL; END IF;
  IF NOT EXISTS (
    SELECT FROM credit_lines hold JOIN credit_accounts account ON account.id = hold.account_id
    WHERE hold.id = training.hold_id AND hold.kind = 'reserve' AND hold.amount = training.cost_credits
      AND hold.lora_model_id = training.id
      AND (account.user_id IS NULL OR training.user_id IS NULL OR account.user_id = training.user_id)) THEN
    RAISE EXCEPTION 'the hold of training % was not made for it', training.id
      USING ERRCODE = 'check_violation';
  END IF;
  SELECT kind INTO settled FROM credit_lines WHERE hold_id = training.hold_id;
  IF NOT (CASE training.status
            WHEN 'ready'     THEN settled IS NOT DISTINCT FROM 'capture'
            WHEN 'failed'    THEN settled IS NOT DISTINCT FROM 'release'
            WHEN 'cancelled' THEN settled IS NOT DISTINCT FROM 'release'
            ELSE settled IS NULL END) THEN
    RAISE EXCEPTION 'training % is % but its hold is %', training.id, training.status,
      coalesce(settled::text, 'open') USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

-- A row that holds credits or runs at a provider is not deleted by anybody, by any way.
CREATE FUNCTION open_training_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.status IN ('pending', 'training') THEN
    RAISE EXCEPTION 'an open training is ended before it is deleted' USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER open_training_stays BEFORE DELETE ON lora_models
  FOR EACH ROW EXECUTE FUNCTION open_training_stays();

-- One row a deletion, written before anything is done; it stays as the receipt. It names random ids
-- and counts only. The address is kept no longer than until the receipt is on its way to it.
CREATE TABLE deletions (
  id            uuid PRIMARY KEY,
  subject       text NOT NULL CHECK (subject IN ('influencer', 'account')),
  subject_id    uuid NOT NULL UNIQUE,
  -- The account's id; no foreign key, because the account may be what is deleted.
  owner_id      uuid NOT NULL,
  -- An influencer that goes with its account.
  parent_id     uuid REFERENCES deletions ON DELETE CASCADE ON UPDATE CASCADE,
  state         text NOT NULL DEFAULT 'requested'
                  CHECK (state IN ('requested', 'emptied', 'finished')),
  counts        jsonb NOT NULL DEFAULT '{}',
  -- Whose files may still arrive by a link that was given out before.
  attempt_ids   uuid[],
  mail_to       text,
  tries         integer NOT NULL DEFAULT 0,
  next_check_at timestamptz(3),
  requested_at  timestamptz(3) NOT NULL,
  emptied_at    timestamptz(3),
  finished_at   timestamptz(3),
  CHECK ((state = 'requested') = (emptied_at IS NULL)),
  CHECK ((state = 'finished') = (finished_at IS NOT NULL)),
  CHECK ((state = 'finished') = (next_check_at IS NULL)),
  CHECK (state <> 'finished' OR mail_to IS NULL),
  CHECK (mail_to IS NULL OR subject = 'account')
);
CREATE INDEX deletions_owner_id_requested_at_idx ON deletions (owner_id, requested_at DESC);
CREATE INDEX deletions_parent_id_idx ON deletions (parent_id);
CREATE INDEX deletions_due ON deletions (next_check_at) WHERE next_check_at IS NOT NULL;
