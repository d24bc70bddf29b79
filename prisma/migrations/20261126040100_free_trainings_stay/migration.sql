-- A paid training may go in the transaction that releases its hold (deleted_training_leaves_no_hold).
-- A free one holds nothing and runs at a provider all the same: it is ended first.
CREATE OR REPLACE FUNCTION open_training_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'training % is open and cannot go', OLD.id USING ERRCODE = 'check_violation';
END $$;
DROP TRIGGER open_training_stays ON lora_models;
CREATE TRIGGER open_training_stays BEFORE DELETE ON lora_models FOR EACH ROW
  WHEN (OLD.hold_id IS NULL AND OLD.status IN ('pending', 'training'))
  EXECUTE FUNCTION open_training_stays();
