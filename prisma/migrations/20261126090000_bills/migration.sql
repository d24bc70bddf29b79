-- What a provider bills is kept apart from what we add up, and compared with it.
ALTER TABLE training_attempts
  -- For GPUs that were rented for the attempt and given up before one came up; part of its cost.
  ADD COLUMN spent_in_vain_micro_usd bigint NOT NULL DEFAULT 0 CHECK (spent_in_vain_micro_usd >= 0),
  -- Null until the provider has said.
  ADD COLUMN billed_micro_usd        bigint CHECK (billed_micro_usd >= 0);

ALTER TABLE gpu_providers
  ADD COLUMN bills_read_at timestamptz(3);

-- Whose bill may still come or change: few, and asked for a few times a day.
CREATE INDEX training_attempts_released ON training_attempts (provider, released_at)
  WHERE rented_since IS NOT NULL;
