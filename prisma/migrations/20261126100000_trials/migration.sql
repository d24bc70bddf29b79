-- A trial of the operator's (`npm run gpu:check -- --train`) is a training like any other, but that it
-- is nobody's and holds no credits: no creator sees it, is told of it or pays for it.
ALTER TABLE lora_models
  DROP CONSTRAINT lora_models_started_by_check,
  ADD CONSTRAINT lora_models_started_by_check
    CHECK (started_by IN ('creator', 'profile-set', 'trial')),
  ADD CONSTRAINT lora_models_trial_is_nobodys
    CHECK (started_by <> 'trial' OR (user_id IS NULL AND cost_credits = 0));
