-- Asking for what is not there, or not one's own, is written down once for each of a creator's
-- operations and hour: whoever walks through ids does not fill the table.
CREATE UNIQUE INDEX acts_record_not_found_once
  ON acts (user_id, (facts ->> 'operation'), date_trunc('hour', created_at AT TIME ZONE 'UTC'))
  WHERE kind = 'record.not-found';
