-- Nobody asks for claims by their deadline: orders carry it, and their claims go with them.  What every hold, payment and
-- expiry had to keep up for nothing goes.
ALTER TABLE claim DROP KEY claim_expiry;
