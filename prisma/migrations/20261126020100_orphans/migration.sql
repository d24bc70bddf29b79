-- Which installation this is. Its jobs carry the id in their names, so that two installations can
-- share one account at a provider. Made once, and kept by a backup.
CREATE TABLE installation (
  id       text PRIMARY KEY DEFAULT substr(md5(gen_random_uuid()::text), 1, 8)
           CHECK (id ~ '^[0-9a-f]{8}$'),
  only_one boolean NOT NULL UNIQUE DEFAULT true CHECK (only_one)
);
INSERT INTO installation DEFAULT VALUES;

-- When somebody last looked for jobs that belong to no training.
ALTER TABLE gpu_providers ADD COLUMN reaped_at timestamptz(3);

-- A job of ours at a provider that no training knows, since it was seen first. Seen again, it is
-- cancelled; not seen again, it is forgotten.
CREATE TABLE orphan_jobs (
  provider        text NOT NULL REFERENCES gpu_providers ON DELETE CASCADE ON UPDATE CASCADE,
  external_job_id text NOT NULL,
  name            text NOT NULL,
  first_seen_at   timestamptz(3) NOT NULL,
  PRIMARY KEY (provider, external_job_id)
);
