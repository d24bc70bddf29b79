-- What an attempt's GPU costs is kept with it: the price it was submitted at, and where it runs. Later
-- settings change neither.
ALTER TABLE training_attempts
  -- Where the provider was reached; null where its jobs name the place themselves.
  ADD COLUMN endpoint             text,
  -- Null until it is submitted.
  ADD COLUMN micro_usd_per_second integer CHECK (micro_usd_per_second >= 0),
  -- From when on a rented GPU costs, whatever it does, until it is gone; null where only the seconds
  -- that the provider reports count.
  ADD COLUMN rented_since         timestamptz(3);
