-- What the whole creator experience remembers: preferences, the studio's pictures, samples and
-- points of a training, feedback, purchases, API tokens, idempotency keys, e-mails.

-- Characters and their pictures ---------------------------------------------------------------

ALTER TABLE characters
  -- D12: the notice at half of a training is off unless asked for.
  ADD COLUMN notify_progress boolean NOT NULL DEFAULT false,
  ADD COLUMN notify_retrain  boolean NOT NULL DEFAULT true,
  ADD COLUMN notify_email    boolean NOT NULL DEFAULT true,
  -- Liked before this: known to the creator, not told again.
  ADD COLUMN new_likes_dismissed_at timestamptz(3);

ALTER TABLE character_images
  -- Of the file as it was chosen, before it was cleaned: "already here" without sending it.
  ADD COLUMN source_sha256 text CHECK (source_sha256 ~ '^[0-9a-f]{64}$'),
  -- The store's id of an upload in parts that is still open.
  ADD COLUMN upload_id     text CHECK (length(upload_id) <= 1000),
  -- What a studio picture was made with: the image model, the generator that ran it ('sandbox'
  -- draws placeholders), and how often its making was begun.
  ADD COLUMN base_model    text CHECK (base_model IN ('z-image-turbo', 'flux', 'one-2.1', 'one-2.2', 'sdxl-lightning')),
  ADD COLUMN generator     text CHECK (length(generator) <= 40),
  ADD COLUMN tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  ADD COLUMN lora_model_id uuid REFERENCES lora_models ON DELETE SET NULL ON UPDATE CASCADE,
  -- Deleted by its creator; kept a moment for undo.
  ADD COLUMN removed_at    timestamptz(3),
  ADD CHECK (removed_at IS NULL OR state = 'rejected');
CREATE INDEX character_images_lora_model_id_idx ON character_images (lora_model_id);
CREATE INDEX character_images_character_id_source_sha256_idx ON character_images (character_id, source_sha256);
CREATE INDEX character_images_character_id_created_at_idx ON character_images (character_id, created_at DESC);

-- Trainings -----------------------------------------------------------------------------------

ALTER TABLE lora_models
  -- What was told at the start, to be compared with what came.
  ADD COLUMN estimate_from_seconds   integer CHECK (estimate_from_seconds >= 0),
  ADD COLUMN estimate_to_seconds     integer CHECK (estimate_to_seconds >= estimate_from_seconds),
  ADD COLUMN estimated_gpu_micro_usd bigint CHECK (estimated_gpu_micro_usd >= 0),
  -- D13: when the weights were removed; the history stays.
  ADD COLUMN expired_at              timestamptz(3),
  ADD CHECK (expired_at IS NULL OR status = 'ready');
CREATE INDEX lora_models_to_expire ON lora_models (expires_at) WHERE status = 'ready' AND expired_at IS NULL;
-- The operators' page looks at a span of time.
CREATE INDEX lora_models_training_completed_at_idx ON lora_models (training_completed_at);
CREATE INDEX lora_models_user_id_created_at_idx ON lora_models (user_id, created_at DESC);

-- How the loss went, for the curve.
CREATE TABLE training_points (
  attempt_id       uuid NOT NULL REFERENCES training_attempts ON DELETE CASCADE ON UPDATE CASCADE,
  step             integer NOT NULL CHECK (step >= 0),
  loss             double precision,
  seconds_per_step double precision,
  created_at       timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (attempt_id, step)
);

-- Pictures the trainer made on the way.
CREATE TABLE training_samples (
  id            uuid PRIMARY KEY,
  lora_model_id uuid NOT NULL REFERENCES lora_models ON DELETE CASCADE ON UPDATE CASCADE,
  attempt_id    uuid NOT NULL REFERENCES training_attempts ON DELETE CASCADE ON UPDATE CASCADE,
  step          integer NOT NULL CHECK (step >= 0),
  key           text NOT NULL,
  prompt        text NOT NULL CHECK (length(prompt) <= 2000),
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX training_samples_key_key ON training_samples (key);
CREATE INDEX training_samples_lora_model_id_step_idx ON training_samples (lora_model_id, step DESC);
CREATE INDEX training_samples_attempt_id_idx ON training_samples (attempt_id);

-- "Does Mara look more like herself now?", asked once a training.
CREATE TABLE training_feedback (
  lora_model_id uuid PRIMARY KEY REFERENCES lora_models ON DELETE CASCADE ON UPDATE CASCADE,
  user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  answer        text NOT NULL CHECK (answer IN ('better', 'same', 'worse')),
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX training_feedback_user_id_idx ON training_feedback (user_id);
CREATE INDEX training_feedback_created_at_idx ON training_feedback (created_at);

-- Credits -------------------------------------------------------------------------------------

-- Credits bought. The grant's idempotency key is `purchase:<id>`, so one purchase is one grant.
CREATE TABLE purchases (
  id           uuid PRIMARY KEY,
  -- Null once the user is gone; the books stay.
  user_id      uuid REFERENCES users ON DELETE SET NULL ON UPDATE CASCADE,
  account_id   uuid NOT NULL REFERENCES credit_accounts ON DELETE RESTRICT ON UPDATE CASCADE,
  request_id   uuid NOT NULL,
  package_id   text NOT NULL,
  credits      integer NOT NULL CHECK (credits > 0),
  amount_cents integer NOT NULL CHECK (amount_cents > 0),
  currency     text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
  provider     text NOT NULL CHECK (provider IN ('stripe', 'sandbox')),
  -- The payment provider's id of the checkout.
  external_id  text UNIQUE,
  status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paid', 'expired')),
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  settled_at   timestamptz(3),
  CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX purchases_account_id_request_id_key ON purchases (account_id, request_id);
CREATE INDEX purchases_user_id_created_at_idx ON purchases (user_id, created_at DESC);
CREATE INDEX purchases_pending ON purchases (created_at) WHERE status = 'pending';

-- A settled purchase stays as it is, and what was agreed never changes. An expired one may still be
-- paid: money that arrived is honoured.
CREATE FUNCTION purchase_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'paid' AND NEW.status <> 'paid' THEN
    RAISE EXCEPTION 'a paid purchase stays paid' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status = 'expired' AND NEW.status = 'pending' THEN
    RAISE EXCEPTION 'an expired purchase does not open again' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.account_id, NEW.package_id, NEW.credits, NEW.amount_cents, NEW.currency, NEW.provider)
     IS DISTINCT FROM
     (OLD.account_id, OLD.package_id, OLD.credits, OLD.amount_cents, OLD.currency, OLD.provider) THEN
    RAISE EXCEPTION 'what was agreed for a purchase does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER purchase_moves_forward BEFORE UPDATE ON purchases
  FOR EACH ROW EXECUTE FUNCTION purchase_moves_forward();

-- Programs --------------------------------------------------------------------------------------

-- A token is shown once; only its hash is kept.
CREATE TABLE api_tokens (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  token_sha256 text NOT NULL UNIQUE CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
  -- Its last four characters, to tell tokens apart.
  hint         text NOT NULL CHECK (length(hint) = 4),
  last_used_at timestamptz(3),
  revoked_at   timestamptz(3),
  created_at   timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX api_tokens_user_id_idx ON api_tokens (user_id);

-- What a request with an Idempotency-Key was answered; asked again, it is answered the same.
CREATE TABLE idempotency_keys (
  user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  key             text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  operation       text NOT NULL,
  request_hash    text NOT NULL,
  -- Null while the first request is under way.
  response_status integer,
  response_body   jsonb,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key, operation)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

-- E-mails -----------------------------------------------------------------------------------------

-- One e-mail a notice at most. `sending` is committed before the mail server is called, so a crash
-- leaves `sending` and the mail is not sent a second time.
CREATE TABLE emails (
  notification_id uuid PRIMARY KEY REFERENCES notifications ON DELETE CASCADE ON UPDATE CASCADE,
  user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
  status          text NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'sending', 'sent', 'failed')),
  tries           integer NOT NULL DEFAULT 0,
  next_try_at     timestamptz(3),
  last_error      text,
  sent_at         timestamptz(3),
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  CHECK ((status = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX emails_user_id_idx ON emails (user_id);
CREATE INDEX emails_waiting ON emails (next_try_at) WHERE status = 'waiting';
