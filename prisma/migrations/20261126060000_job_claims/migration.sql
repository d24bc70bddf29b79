-- Some providers can neither find a job by our name nor list jobs: a submit whose answer was lost is
-- repeated, and may make a second job. The first that reports for the attempt is its job, for good.
ALTER TABLE training_attempts
  -- What the provider calls the job that claimed it; null until one has, and where none ever does.
  ADD COLUMN claimed_job_id text,
  ADD CONSTRAINT training_attempts_watches_what_claimed_it
    CHECK (claimed_job_id IS NULL OR external_job_id IS NOT DISTINCT FROM claimed_job_id);

CREATE FUNCTION attempt_is_claimed_once() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.claimed_job_id IS NOT NULL AND NEW.claimed_job_id IS DISTINCT FROM OLD.claimed_job_id THEN
    RAISE EXCEPTION 'an attempt is claimed once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempt_is_claimed_once BEFORE UPDATE OF claimed_job_id ON training_attempts
  FOR EACH ROW EXECUTE FUNCTION attempt_is_claimed_once();

-- What a job has said but for its progress: its claim, its samples, its end.
CREATE INDEX webhook_deliveries_news ON webhook_deliveries (attempt_id, seq)
  WHERE type NOT IN ('progress', 'heartbeat');
