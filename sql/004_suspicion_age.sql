-- Suspicions are forgotten by their age.
ALTER TABLE suspicion ADD KEY suspicion_last (last_at);
