-- What the books promise even to somebody who holds the application's own password.

-- The application's role -----------------------------------------------------------------------

-- A line moves its balance as the owner of the tables: the application itself may not touch one.
-- Every function looks only where its tables are, so that no temporary table can stand in for one.
ALTER FUNCTION credit_line_moves_balance()     SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION refuse_change()                 SET search_path = public, pg_temp;
ALTER FUNCTION refuse_direct_balance()         SET search_path = public, pg_temp;
ALTER FUNCTION training_status_moves_forward() SET search_path = public, pg_temp;
ALTER FUNCTION settlement_ends_training()      SET search_path = public, pg_temp;
ALTER FUNCTION refuse_history_change()         SET search_path = public, pg_temp;
ALTER FUNCTION purchase_moves_forward()        SET search_path = public, pg_temp;

-- Holds ----------------------------------------------------------------------------------------

-- A training's hold was made for it: a reserve line of its price, that names it, on its creator's
-- account (whose owner may be gone). Checked with the agreement of status and settlement.
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
      AND (account.user_id IS NULL OR account.user_id = training.user_id)) THEN
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

-- A training does not go and leave its hold open: who deletes it releases it in the same transaction.
CREATE FUNCTION deleted_training_leaves_no_hold() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM credit_lines WHERE hold_id = OLD.hold_id) THEN
    RAISE EXCEPTION 'training % is gone but its hold is open', OLD.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER deleted_training_leaves_no_hold AFTER DELETE ON lora_models
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.hold_id IS NOT NULL)
  EXECUTE FUNCTION deleted_training_leaves_no_hold();

-- Purchases --------------------------------------------------------------------------------------

-- A paid purchase has its grant, of its credits, on its account, when the transaction commits; any
-- other has none.
CREATE FUNCTION purchase_and_grant_agree() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  purchase purchases;
  line     credit_lines;
BEGIN
  SELECT * INTO purchase FROM purchases WHERE id = NEW.id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT * INTO line FROM credit_lines WHERE idempotency_key =
    CASE purchase.provider WHEN 'sandbox' THEN 'sandbox:' ELSE '' END || 'purchase:' || purchase.id;
  IF (purchase.status = 'paid') <> (line.id IS NOT NULL)
     OR (line.kind, line.amount, line.account_id)
        <> ('grant', purchase.credits, purchase.account_id) THEN
    RAISE EXCEPTION 'purchase % is % but % of % credits are granted', purchase.id, purchase.status,
      coalesce(line.amount, 0), purchase.credits USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER purchase_and_grant_agree AFTER INSERT OR UPDATE OF status ON purchases
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION purchase_and_grant_agree();

-- The same promise from the other side: nothing is granted for a purchase that is not paid.
CREATE FUNCTION grant_has_its_purchase() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM purchases purchase
    WHERE purchase.id::text = substring(NEW.idempotency_key FROM '^(?:sandbox:)?purchase:(.*)$')
      AND (purchase.provider = 'sandbox') = (NEW.idempotency_key LIKE 'sandbox:%')
      AND purchase.status = 'paid' AND NEW.kind = 'grant'
      AND (purchase.credits, purchase.account_id) = (NEW.amount, NEW.account_id)) THEN
    RAISE EXCEPTION '% has no paid purchase', NEW.idempotency_key USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER grant_has_its_purchase AFTER INSERT ON credit_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.idempotency_key LIKE 'purchase:%' OR NEW.idempotency_key LIKE 'sandbox:purchase:%')
  EXECUTE FUNCTION grant_has_its_purchase();

-- Results ----------------------------------------------------------------------------------------

-- A ready model names a file of its own, until its weights have expired.
CREATE FUNCTION ready_model_has_its_file() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  model_id uuid;
BEGIN
  IF TG_TABLE_NAME = 'lora_models' THEN model_id := NEW.id; ELSE model_id := OLD.lora_model_id; END IF;
  IF EXISTS (
    SELECT FROM lora_models model
    WHERE model.id = model_id AND model.status = 'ready' AND model.expired_at IS NULL
      AND NOT EXISTS (SELECT FROM lora_files file
                      WHERE file.lora_model_id = model.id AND file.key = model.model_path)) THEN
    RAISE EXCEPTION 'model % is ready but has no file', model_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ready_model_has_its_file
  AFTER INSERT OR UPDATE OF status, model_path, expired_at ON lora_models
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'ready')
  EXECUTE FUNCTION ready_model_has_its_file();
CREATE CONSTRAINT TRIGGER file_stays_with_its_model
  AFTER DELETE OR UPDATE OF lora_model_id, key ON lora_files
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ready_model_has_its_file();

-- What was read back and checked stays as it was; only the model it belongs to may change.
CREATE FUNCTION file_facts_stay() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.attempt_id, NEW.role, NEW.key, NEW.bytes, NEW.sha256)
     IS DISTINCT FROM (OLD.attempt_id, OLD.role, OLD.key, OLD.bytes, OLD.sha256) THEN
    RAISE EXCEPTION 'a stored file does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER file_facts_stay BEFORE UPDATE ON lora_files
  FOR EACH ROW EXECUTE FUNCTION file_facts_stay();

-- Attempts ---------------------------------------------------------------------------------------

-- The order of instants is no constraint: they come from the clocks of different machines.
ALTER TABLE training_attempts
  ADD CONSTRAINT training_attempts_submitted_when
    CHECK (state <> 'submitted' OR submitted_at IS NOT NULL),
  ADD CONSTRAINT training_attempts_released_has_ended
    CHECK (released_at IS NULL OR state = 'ended');

-- A fence only rises, an ended attempt stays ended, and an attempt stays the one it was.
CREATE FUNCTION attempt_moves_forward() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.fence < OLD.fence THEN
    RAISE EXCEPTION 'a fence only rises' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state = 'ended' AND NEW.state <> 'ended' THEN
    RAISE EXCEPTION 'an ended attempt stays ended' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.lora_model_id, NEW.number, NEW.provider, NEW.job_name)
     IS DISTINCT FROM (OLD.lora_model_id, OLD.number, OLD.provider, OLD.job_name) THEN
    RAISE EXCEPTION 'an attempt stays the one it was' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempt_moves_forward BEFORE UPDATE ON training_attempts
  FOR EACH ROW EXECUTE FUNCTION attempt_moves_forward();

-- Free retries -----------------------------------------------------------------------------------

-- Granted by a failure, for what failed; spent once, by a free training it allows. When that
-- training is gone the retry is not given back: it points nowhere and goes with its character.
CREATE FUNCTION free_retry_is_spent_once() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (
      SELECT FROM lora_models failed
      WHERE failed.id = NEW.failed_lora_model_id AND failed.status = 'failed'
        AND (failed.user_id, failed.character_id) = (NEW.user_id, NEW.character_id)) THEN
      RAISE EXCEPTION 'a free retry needs a training that failed' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF (NEW.user_id, NEW.character_id, NEW.failed_lora_model_id, NEW.base_model, NEW.max_images)
        IS DISTINCT FROM
        (OLD.user_id, OLD.character_id, OLD.failed_lora_model_id, OLD.base_model, OLD.max_images) THEN
    RAISE EXCEPTION 'what a free retry allows does not change' USING ERRCODE = 'check_violation';
  ELSIF OLD.spent_by_lora_model_id IS NOT NULL
        AND NEW.spent_by_lora_model_id IS DISTINCT FROM OLD.spent_by_lora_model_id
        AND EXISTS (SELECT FROM lora_models WHERE id = OLD.spent_by_lora_model_id) THEN
    RAISE EXCEPTION 'a free retry is spent once' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.spent_by_lora_model_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM lora_models spent
    WHERE spent.id = NEW.spent_by_lora_model_id AND spent.cost_credits = 0
      AND spent.character_id = NEW.character_id AND spent.base_model = NEW.base_model
      AND spent.image_count <= NEW.max_images AND spent.created_at <= NEW.expires_at) THEN
    RAISE EXCEPTION 'a free retry does not pay for that training' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER free_retry_is_spent_once BEFORE INSERT OR UPDATE ON free_retries
  FOR EACH ROW EXECUTE FUNCTION free_retry_is_spent_once();

-- Audits -----------------------------------------------------------------------------------------

-- One a day, whatever the number of workers: whoever inserts the day does it.
CREATE TABLE audits (
  day         date PRIMARY KEY,
  started_at  timestamptz(3) NOT NULL DEFAULT now(),
  -- Null while it runs, or when its worker died over it.
  finished_at timestamptz(3),
  -- What was looked at, by name, and what was found.
  counts      jsonb NOT NULL DEFAULT '{}',
  findings    jsonb NOT NULL DEFAULT '[]'
);
