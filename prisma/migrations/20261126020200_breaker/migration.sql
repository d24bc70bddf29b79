-- What all workers know of a provider's health: after many failures nobody asks it for a while.
ALTER TABLE gpu_providers
  ADD COLUMN failures        integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  ADD COLUMN window_from     timestamptz(3),
  ADD COLUMN window_calls    integer NOT NULL DEFAULT 0,
  ADD COLUMN window_failures integer NOT NULL DEFAULT 0,
  ADD COLUMN open_until      timestamptz(3),
  ADD COLUMN open_seconds    integer NOT NULL DEFAULT 0,
  ADD COLUMN probe_until     timestamptz(3),
  ADD COLUMN trouble         text CHECK (trouble IN ('away', 'config')),
  ADD COLUMN last_error      text,
  ADD CHECK ((trouble IS NULL) = (open_until IS NULL));

-- Until when its provider gives no answer: patience with a queue or with silence counts from then.
ALTER TABLE training_attempts ADD COLUMN away_until timestamptz(3);
