-- The operators' switch: while a row is not ended, no training starts and none is handed to a
-- provider. A row for each time, never changed but to end it: who, when, why.
CREATE TABLE training_pauses (
  id         bigserial PRIMARY KEY,
  paused_at  timestamptz(3) NOT NULL DEFAULT now(),
  paused_by  text NOT NULL CHECK (length(paused_by) BETWEEN 1 AND 320),
  reason     text NOT NULL CHECK (length(reason) <= 500),
  resumed_at timestamptz(3),
  resumed_by text CHECK (length(resumed_by) BETWEEN 1 AND 320),
  CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
);
CREATE UNIQUE INDEX training_pauses_one_at_a_time ON training_pauses ((true))
  WHERE resumed_at IS NULL;

CREATE FUNCTION training_pause_only_ends() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.resumed_at IS NOT NULL
     OR (NEW.id, NEW.paused_at, NEW.paused_by, NEW.reason)
        IS DISTINCT FROM (OLD.id, OLD.paused_at, OLD.paused_by, OLD.reason) THEN
    RAISE EXCEPTION 'who paused trainings, when and why is not rewritten';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER training_pause_only_ends BEFORE UPDATE OR DELETE ON training_pauses
  FOR EACH ROW EXECUTE FUNCTION training_pause_only_ends();

-- What the trainings started on a day (UTC) are expected to cost us in GPU time. One row a day: its
-- lock makes starts at the limit follow one another.
CREATE TABLE gpu_days (
  day                date PRIMARY KEY,
  expected_micro_usd bigint NOT NULL CHECK (expected_micro_usd >= 0),
  warned_at          timestamptz(3)
);
