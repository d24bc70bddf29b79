-- Likeness: the tables and the rules they keep by themselves.
-- Prisma's schema describes the shape; what is below and not there (checks, triggers, partial
-- indexes) is what makes a bug in code unable to lose a credit or train twice.

CREATE TYPE user_role        AS ENUM ('creator', 'operator');
CREATE TYPE image_source     AS ENUM ('upload', 'generated');
CREATE TYPE image_state      AS ENUM ('uploading', 'ready', 'rejected');
CREATE TYPE training_status  AS ENUM ('pending', 'training', 'ready', 'failed', 'cancelled');
CREATE TYPE attempt_state    AS ENUM ('submitting', 'submitted', 'ended');
CREATE TYPE credit_line_kind AS ENUM ('grant', 'reserve', 'capture', 'release');

-- People -------------------------------------------------------------------------------------

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 320),
  name          text CHECK (length(name) <= 200),
  password_hash text,
  role          user_role NOT NULL DEFAULT 'creator',
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

CREATE TABLE identities (
  provider            text NOT NULL,
  provider_account_id text NOT NULL,
  user_id             uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  created_at          timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, provider_account_id)
);
CREATE INDEX identities_user_id_idx ON identities (user_id);

-- Characters and their pictures ---------------------------------------------------------------

CREATE TABLE characters (
  id                       uuid PRIMARY KEY,
  user_id                  uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  name                     text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  look                     text NOT NULL CHECK (length(look) <= 1000),
  trigger_word             text NOT NULL UNIQUE CHECK (trigger_word ~ '^[a-z0-9_]{4,64}$'),
  profile_set_completed_at timestamptz(3),
  lora_training_enabled    boolean NOT NULL DEFAULT true,
  lora_training_auto_start boolean NOT NULL DEFAULT true,
  draft_base_model         text,
  draft_image_ids          uuid[] CHECK (cardinality(draft_image_ids) <= 1000),
  agreed_price_credits     integer CHECK (agreed_price_credits >= 0),
  agreed_at                timestamptz(3),
  last_image_number        integer NOT NULL DEFAULT 0 CHECK (last_image_number >= 0),
  created_at               timestamptz(3) NOT NULL DEFAULT now(),
  updated_at               timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX characters_user_id_created_at_idx ON characters (user_id, created_at DESC);

CREATE TABLE character_images (
  id             uuid PRIMARY KEY,
  character_id   uuid NOT NULL REFERENCES characters ON DELETE CASCADE ON UPDATE CASCADE,
  user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  number         integer NOT NULL CHECK (number > 0),
  source         image_source NOT NULL,
  state          image_state NOT NULL DEFAULT 'uploading',
  in_profile_set boolean NOT NULL DEFAULT true,
  file_name      text NOT NULL CHECK (length(file_name) <= 255),
  sha256         text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes          integer,
  width          integer,
  height         integer,
  caption        text CHECK (length(caption) <= 2000),
  prompt         text CHECK (length(prompt) <= 2000),
  liked_at       timestamptz(3),
  rejection      text,
  rejection_details jsonb,
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  CHECK (state <> 'ready' OR (sha256 IS NOT NULL AND bytes > 0 AND width > 0 AND height > 0)),
  CHECK ((state = 'rejected') = (rejection IS NOT NULL)),
  CHECK (rejection_details IS NULL OR rejection IS NOT NULL)
);
CREATE UNIQUE INDEX character_images_character_id_number_key ON character_images (character_id, number);
-- The same picture twice is one image.
CREATE UNIQUE INDEX character_images_one_of_each ON character_images (character_id, sha256)
  WHERE state = 'ready';
CREATE INDEX character_images_user_id_idx ON character_images (user_id);
-- Uploads that never finished, and rejected ones to clear away, are found by age.
CREATE INDEX character_images_unfinished ON character_images (created_at) WHERE state <> 'ready';

CREATE TABLE consents (
  id              uuid PRIMARY KEY,
  character_id    uuid NOT NULL REFERENCES characters ON DELETE CASCADE ON UPDATE CASCADE,
  kind            text NOT NULL CHECK (kind IN ('self', 'permitted', 'synthetic')),
  wording_version integer NOT NULL,
  image_sha256s   text[],
  created_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX consents_character_id_idx ON consents (character_id);

-- Credits -------------------------------------------------------------------------------------
-- `grant` adds; `reserve` moves available to reserved; `capture` and `release` settle one reserve
-- line, whole, once. Lines are append-only; the balance is moved by their trigger and nothing else.

CREATE TABLE credit_accounts (
  id         uuid PRIMARY KEY,
  user_id    uuid UNIQUE REFERENCES users ON DELETE SET NULL ON UPDATE CASCADE,
  available  bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
  reserved   bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  line_count integer NOT NULL DEFAULT 0
);

CREATE TABLE credit_lines (
  id              uuid PRIMARY KEY,
  account_id      uuid NOT NULL REFERENCES credit_accounts ON DELETE RESTRICT ON UPDATE CASCADE,
  line_no         integer NOT NULL DEFAULT 0,
  kind            credit_line_kind NOT NULL,
  amount          bigint NOT NULL CHECK (amount > 0),
  hold_id         uuid,
  lora_model_id   uuid,
  idempotency_key text NOT NULL UNIQUE,
  request_hash    text NOT NULL,
  memo            text NOT NULL CHECK (length(memo) <= 300),
  available_after bigint NOT NULL DEFAULT 0 CHECK (available_after >= 0),
  reserved_after  bigint NOT NULL DEFAULT 0 CHECK (reserved_after >= 0),
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  -- A settlement can only name a reserve line of the same account and amount.
  hold_kind       credit_line_kind GENERATED ALWAYS AS
                    (CASE WHEN hold_id IS NULL THEN NULL ELSE 'reserve'::credit_line_kind END) STORED,
  CHECK ((kind IN ('capture', 'release')) = (hold_id IS NOT NULL)),
  CHECK (kind <> 'reserve' OR lora_model_id IS NOT NULL),
  UNIQUE (id, kind, account_id, amount),
  FOREIGN KEY (hold_id, hold_kind, account_id, amount)
    REFERENCES credit_lines (id, kind, account_id, amount) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX credit_lines_account_id_line_no_key ON credit_lines (account_id, line_no);
-- A hold is settled once.
CREATE UNIQUE INDEX credit_lines_hold_id_key ON credit_lines (hold_id);
CREATE INDEX credit_lines_lora_model_id_idx ON credit_lines (lora_model_id);
ALTER TABLE credit_lines ADD CONSTRAINT credit_lines_hold_id_fkey
  FOREIGN KEY (hold_id) REFERENCES credit_lines (id) ON DELETE RESTRICT;

CREATE FUNCTION credit_line_moves_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE credit_accounts SET
    available  = available + CASE NEW.kind WHEN 'grant' THEN NEW.amount WHEN 'release' THEN NEW.amount
                                           WHEN 'reserve' THEN -NEW.amount ELSE 0 END,
    reserved   = reserved  + CASE NEW.kind WHEN 'reserve' THEN NEW.amount
                                           WHEN 'capture' THEN -NEW.amount
                                           WHEN 'release' THEN -NEW.amount ELSE 0 END,
    line_count = line_count + 1
  WHERE id = NEW.account_id
  RETURNING line_count, available, reserved
  INTO NEW.line_no, NEW.available_after, NEW.reserved_after;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'credit account % does not exist', NEW.account_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credit_line_moves_balance BEFORE INSERT ON credit_lines
  FOR EACH ROW EXECUTE FUNCTION credit_line_moves_balance();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER credit_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Balances move by lines only: an UPDATE that does not come from the trigger above is refused.
CREATE FUNCTION refuse_direct_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 AND (NEW.available, NEW.reserved, NEW.line_count)
     IS DISTINCT FROM (OLD.available, OLD.reserved, OLD.line_count) THEN
    RAISE EXCEPTION 'balances are moved by credit_lines only';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credit_accounts_moved_by_lines BEFORE UPDATE ON credit_accounts
  FOR EACH ROW EXECUTE FUNCTION refuse_direct_balance();

-- Trainings -----------------------------------------------------------------------------------

CREATE TABLE lora_models (
  id                    uuid PRIMARY KEY,
  character_id          uuid NOT NULL REFERENCES characters ON DELETE CASCADE ON UPDATE CASCADE,
  user_id               uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  type                  text NOT NULL DEFAULT 'face' CHECK (type = 'face'),
  status                training_status NOT NULL DEFAULT 'pending',
  base_model            text NOT NULL CHECK (base_model IN ('z-image-turbo', 'flux', 'one-2.1', 'one-2.2')),
  trigger_word          text NOT NULL,
  config                jsonb NOT NULL,
  image_manifest        jsonb NOT NULL,
  image_manifest_sha256 text NOT NULL,
  image_count           integer NOT NULL CHECK (image_count BETWEEN 5 AND 50),
  request_id            uuid NOT NULL,
  request_hash          text NOT NULL,
  started_by            text NOT NULL CHECK (started_by IN ('creator', 'profile-set')),

  cost_credits          integer NOT NULL CHECK (cost_credits >= 0),
  price_version         integer NOT NULL,
  hold_id               uuid UNIQUE REFERENCES credit_lines ON DELETE SET NULL ON UPDATE CASCADE,
  retry_of_id           uuid REFERENCES lora_models ON DELETE SET NULL ON UPDATE CASCADE,
  retry_count           integer NOT NULL DEFAULT 0 CHECK (retry_count BETWEEN 0 AND 3),
  gpu_cost_micro_usd    bigint NOT NULL DEFAULT 0 CHECK (gpu_cost_micro_usd >= 0),

  external_provider     text NOT NULL,
  external_job_id       text,
  phase                 text,
  step                  integer NOT NULL DEFAULT 0 CHECK (step >= 0),
  training_steps        integer NOT NULL CHECK (training_steps > 0),
  loss                  double precision,
  seconds_per_step      double precision,
  last_heard_at         timestamptz(3),
  deadline_at           timestamptz(3) NOT NULL,
  cancel_requested_at   timestamptz(3),

  training_started_at   timestamptz(3),
  training_completed_at timestamptz(3),
  training_duration_ms  integer,
  failure_reason        text,
  error_message         text,
  model_path            text,
  expires_at            timestamptz(3),
  created_at            timestamptz(3) NOT NULL DEFAULT now(),
  updated_at            timestamptz(3) NOT NULL DEFAULT now(),

  -- Paid trainings hold their price; free retries hold nothing.
  CHECK ((cost_credits > 0) = (hold_id IS NOT NULL)),
  CHECK (status <> 'ready' OR (model_path IS NOT NULL AND training_completed_at IS NOT NULL)),
  CHECK ((status = 'failed') = (failure_reason IS NOT NULL)),
  CHECK ((status IN ('ready', 'failed', 'cancelled')) = (training_completed_at IS NOT NULL))
);
CREATE UNIQUE INDEX lora_models_user_id_request_id_key ON lora_models (user_id, request_id);
CREATE INDEX lora_models_character_id_created_at_idx ON lora_models (character_id, created_at DESC);
-- One open training per character; ten clicks make one.
CREATE UNIQUE INDEX lora_models_one_open ON lora_models (character_id)
  WHERE status IN ('pending', 'training');
CREATE INDEX lora_models_open_by_deadline ON lora_models (deadline_at)
  WHERE status IN ('pending', 'training');
CREATE INDEX lora_models_ready_times ON lora_models (base_model, training_completed_at DESC)
  WHERE status = 'ready';

-- D7: pending -> training -> ready, and from either to failed or cancelled. The ends absorb.
CREATE FUNCTION training_status_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status IS DISTINCT FROM OLD.status AND NOT (
       (OLD.status = 'pending'  AND NEW.status IN ('training', 'failed', 'cancelled'))
    OR (OLD.status = 'training' AND NEW.status IN ('ready', 'failed', 'cancelled'))) THEN
    RAISE EXCEPTION 'a training cannot go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.cost_credits, NEW.hold_id, NEW.user_id, NEW.character_id, NEW.image_manifest_sha256)
     IS DISTINCT FROM
     (OLD.cost_credits, OLD.hold_id, OLD.user_id, OLD.character_id, OLD.image_manifest_sha256) THEN
    RAISE EXCEPTION 'what was agreed for a training does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER training_status_moves_forward BEFORE UPDATE ON lora_models
  FOR EACH ROW EXECUTE FUNCTION training_status_moves_forward();

-- Status and money end together: checked when the transaction commits. A ready training has
-- captured its hold, a failed or cancelled one has released it, an open one has done neither.
CREATE FUNCTION training_and_hold_agree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  settled credit_line_kind;
  training lora_models;
BEGIN
  SELECT * INTO training FROM lora_models WHERE id = NEW.id;
  IF NOT FOUND OR training.hold_id IS NULL THEN RETURN NULL; END IF;
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
CREATE CONSTRAINT TRIGGER training_and_hold_agree AFTER INSERT OR UPDATE OF status ON lora_models
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION training_and_hold_agree();

-- The same promise from the other side: a hold cannot be settled while its training stays open.
CREATE FUNCTION settlement_ends_training() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  training_state training_status;
BEGIN
  SELECT status INTO training_state FROM lora_models WHERE hold_id = NEW.hold_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF (NEW.kind = 'capture' AND training_state <> 'ready')
     OR (NEW.kind = 'release' AND training_state NOT IN ('failed', 'cancelled')) THEN
    RAISE EXCEPTION 'a % cannot settle a % training', NEW.kind, training_state
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER settlement_ends_training AFTER INSERT ON credit_lines
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL)
  EXECUTE FUNCTION settlement_ends_training();

CREATE TABLE training_transitions (
  id            bigserial PRIMARY KEY,
  lora_model_id uuid NOT NULL REFERENCES lora_models ON DELETE CASCADE ON UPDATE CASCADE,
  from_status   training_status,
  to_status     training_status NOT NULL,
  actor         text NOT NULL,
  reason        text,
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX training_transitions_lora_model_id_idx ON training_transitions (lora_model_id);

-- History is not edited; it goes only with the training it belongs to.
CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM lora_models WHERE id = OLD.lora_model_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER training_transitions_append_only BEFORE UPDATE OR DELETE ON training_transitions
  FOR EACH ROW EXECUTE FUNCTION refuse_history_change();

CREATE TABLE training_attempts (
  id                 uuid PRIMARY KEY,
  lora_model_id      uuid NOT NULL REFERENCES lora_models ON DELETE CASCADE ON UPDATE CASCADE,
  number             integer NOT NULL CHECK (number > 0),
  provider           text NOT NULL,
  job_name           text NOT NULL UNIQUE,
  state              attempt_state NOT NULL DEFAULT 'submitting',
  external_job_id    text,
  fence              integer NOT NULL DEFAULT 0,
  lease_until        timestamptz(3),
  next_check_at      timestamptz(3),
  tries              integer NOT NULL DEFAULT 0,
  outcome            text,
  last_error         text,
  gpu_seconds        double precision NOT NULL DEFAULT 0,
  gpu_cost_micro_usd bigint NOT NULL DEFAULT 0 CHECK (gpu_cost_micro_usd >= 0),
  submitted_at       timestamptz(3),
  ended_at           timestamptz(3),
  released_at        timestamptz(3),
  created_at         timestamptz(3) NOT NULL DEFAULT now(),
  CHECK (state <> 'submitted' OR external_job_id IS NOT NULL),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX training_attempts_lora_model_id_number_key ON training_attempts (lora_model_id, number);
-- One live run per training.
CREATE UNIQUE INDEX training_attempts_one_live ON training_attempts (lora_model_id)
  WHERE state <> 'ended';
CREATE INDEX training_attempts_due ON training_attempts (next_check_at) WHERE next_check_at IS NOT NULL;

CREATE TABLE lora_files (
  id            uuid PRIMARY KEY,
  lora_model_id uuid NOT NULL REFERENCES lora_models ON DELETE CASCADE ON UPDATE CASCADE,
  attempt_id    uuid NOT NULL REFERENCES training_attempts ON DELETE CASCADE ON UPDATE CASCADE,
  role          text NOT NULL CHECK (role IN ('main', 'high_noise', 'low_noise')),
  key           text NOT NULL,
  bytes         bigint NOT NULL CHECK (bytes > 0),
  sha256        text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  rank          integer NOT NULL CHECK (rank > 0),
  tensor_count  integer NOT NULL CHECK (tensor_count > 0),
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX lora_files_lora_model_id_role_key ON lora_files (lora_model_id, role);
CREATE INDEX lora_files_attempt_id_idx ON lora_files (attempt_id);

CREATE TABLE webhook_deliveries (
  provider    text NOT NULL,
  delivery_id text NOT NULL CHECK (length(delivery_id) <= 200),
  attempt_id  uuid,
  type        text NOT NULL,
  seq         integer NOT NULL,
  body        jsonb NOT NULL,
  received_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, delivery_id)
);
CREATE INDEX webhook_deliveries_attempt_id_seq_idx ON webhook_deliveries (attempt_id, seq);
CREATE INDEX webhook_deliveries_received_at_idx ON webhook_deliveries (received_at);

CREATE TABLE free_retries (
  id                       uuid PRIMARY KEY,
  user_id                  uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  character_id             uuid NOT NULL REFERENCES characters ON DELETE CASCADE ON UPDATE CASCADE,
  failed_lora_model_id     uuid NOT NULL UNIQUE REFERENCES lora_models ON DELETE CASCADE ON UPDATE CASCADE,
  base_model               text NOT NULL,
  max_images               integer NOT NULL CHECK (max_images BETWEEN 5 AND 50),
  expires_at               timestamptz(3) NOT NULL,
  spent_by_lora_model_id   uuid UNIQUE REFERENCES lora_models ON DELETE SET NULL ON UPDATE CASCADE,
  created_at               timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX free_retries_character_id_idx ON free_retries (character_id);

-- Notifications -------------------------------------------------------------------------------

CREATE TABLE notifications (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  type         text NOT NULL,
  subject_id   uuid NOT NULL,
  title        text NOT NULL CHECK (length(title) <= 200),
  body         text NOT NULL CHECK (length(body) <= 500),
  href         text NOT NULL,
  read_at      timestamptz(3),
  dismissed_at timestamptz(3),
  created_at   timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX notifications_subject_id_type_key ON notifications (subject_id, type);
CREATE INDEX notifications_inbox ON notifications (user_id, created_at DESC) WHERE dismissed_at IS NULL;
CREATE INDEX notifications_unread ON notifications (user_id) WHERE dismissed_at IS NULL AND read_at IS NULL;

-- How often somebody tried something; the library's own shape.
CREATE TABLE rate_limits (
  key    text PRIMARY KEY,
  points integer NOT NULL,
  expire timestamptz(3)
);
