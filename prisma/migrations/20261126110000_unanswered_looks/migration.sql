-- How often in a row a provider did not say whether an ended attempt has a result after all. Counted
-- apart from `tries`, which also counts a store that is away.
ALTER TABLE training_attempts ADD COLUMN unanswered_looks integer NOT NULL DEFAULT 0;
