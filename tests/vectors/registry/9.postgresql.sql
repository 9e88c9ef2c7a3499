-- Registry tables, version 9, as nameplate made them; rows of a test behind them.
ALTER TABLE tokens DROP CONSTRAINT tokens_role_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_role_check CHECK (role IN (0, 1, 2, 3));
ALTER TABLE refusals ADD COLUMN source TEXT NOT NULL DEFAULT '';
CREATE INDEX devices_kept_out ON devices (org, state, identifier) WHERE state <> 0;
INSERT INTO tokens (id, name, sha256, role, org, expires_at, last_used, added_at) VALUES (9, 'nginx', '\xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee', 3, 7, NULL, 1700000081, 1700000080);
INSERT INTO refusals (id, seq, leaf, reason, org, identifier, subject, issuer, detail, chain, peer, gateway, first_at, last_at, count, source) VALUES (5, 5, '\xdddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', 'unknown_ca', '', 'N8', '', '', '', '\x', '192.0.2.8:1', 'g', 1700000082, 1700000083, 2, '192.0.2.0/24');
