-- Expand only: a nullable column without a default needs no rewrite, and release 1 neither reads nor writes it.
-- The short lock timeout keeps a waiting ALTER from queueing every query of the running release behind it.
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN note text;
