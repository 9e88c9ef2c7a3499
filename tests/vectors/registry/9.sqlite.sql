-- Registry tables, version 9, as nameplate made them; rows of a test behind them.
CREATE TABLE tokens_9 ( id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32), role INTEGER NOT NULL CHECK (role IN (0, 1, 2, 3)), org INTEGER REFERENCES organisations (id), expires_at INTEGER, last_used INTEGER, added_at INTEGER NOT NULL) STRICT;
INSERT INTO tokens_9 SELECT * FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_9 RENAME TO tokens;
ALTER TABLE refusals ADD COLUMN source TEXT NOT NULL DEFAULT '';
CREATE INDEX devices_kept_out ON devices (org, state, identifier) WHERE state <> 0;
INSERT INTO tokens (id, name, sha256, role, org, expires_at, last_used, added_at) VALUES (9, 'nginx', x'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee', 3, 7, NULL, 1700000081, 1700000080);
INSERT INTO refusals (id, seq, leaf, reason, org, identifier, subject, issuer, detail, chain, peer, gateway, first_at, last_at, count, source) VALUES (5, 5, x'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', 'unknown_ca', '', 'N8', '', '', '', x'', '192.0.2.8:1', 'g', 1700000082, 1700000083, 2, '192.0.2.0/24');
