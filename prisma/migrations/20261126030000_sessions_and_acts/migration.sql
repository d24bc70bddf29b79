-- A sign-in ends by itself when it is not used; its owner sees where it is and can end it.
ALTER TABLE sessions
  ADD COLUMN last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  -- Such as "Firefox on Windows", from what the browser said.
  ADD COLUMN device       text CHECK (length(device) <= 60);

-- What was done that somebody may have to answer for. Ids and figures only, without foreign keys: it
-- outlives what it speaks of.
CREATE TABLE acts (
  id         bigserial PRIMARY KEY,
  kind       text NOT NULL CHECK (kind ~ '^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$'),
  -- Who did it: creator, operator, a part of the system, or anybody.
  actor      text NOT NULL CHECK (length(actor) BETWEEN 1 AND 40),
  -- Whom it concerns.
  user_id    uuid,
  -- What it is about: a training, a token, an influencer.
  subject_id uuid,
  facts      jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX acts_user_id_id_idx ON acts (user_id, id DESC);
CREATE INDEX acts_created_at_idx ON acts (created_at);

CREATE TRIGGER acts_append_only BEFORE UPDATE OR TRUNCATE ON acts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Only what is older than two years goes.
CREATE FUNCTION refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.created_at > now() - interval '2 years' THEN
    RAISE EXCEPTION '% is kept for two years', TG_TABLE_NAME;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER acts_kept BEFORE DELETE ON acts
  FOR EACH ROW EXECUTE FUNCTION refuse_early_removal();

-- The application may not delete here at all: it asks the owner's function for what is due.
CREATE FUNCTION remove_old_acts() RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gone AS (DELETE FROM acts WHERE created_at < now() - interval '2 years' RETURNING 1)
  SELECT count(*)::integer FROM gone
$$;
