-- All trainings at a provider are looked at with one list call. Whoever makes it holds the lease, so
-- that several workers make one call together and not one each.
CREATE TABLE gpu_providers (
  id               text PRIMARY KEY,
  list_lease_until timestamptz(3)
);

-- What runs at a provider is matched with its list.
CREATE INDEX training_attempts_submitted ON training_attempts (provider) WHERE state = 'submitted';
