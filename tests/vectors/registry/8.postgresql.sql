-- Registry tables, version 8, as nameplate made them; rows of a test behind them.
ALTER TABLE changes ADD COLUMN hash BYTEA CHECK (length(hash) = 32);
CREATE TABLE changes_head ( id BIGINT PRIMARY KEY CHECK (id = 1), seq BIGINT NOT NULL, hash BYTEA NOT NULL CHECK (length(hash) = 32));
UPDATE changes SET hash = '\xc78500b948ed806444b627d6f815dd6b7b3ed39ac47a0d0f987c01d8fe281cea' WHERE seq = 1;
UPDATE changes SET hash = '\x3baee0372e6e3f9f319a2ceb7245acb15c8c21ac9a199c3319f3397592925e97' WHERE seq = 2;
UPDATE changes SET hash = '\x07c363cd094441a6220504e382d87daee5a461e2107906cfc1e387c4de913cd2' WHERE seq = 5;
INSERT INTO changes_head (id, seq, hash) VALUES (1, 5, '\x07c363cd094441a6220504e382d87daee5a461e2107906cfc1e387c4de913cd2');
INSERT INTO answers (token, request_key, request_sha256, status, body, answered_at) VALUES (1, 'k', '\xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 201, '{}', 1700000070);
INSERT INTO refusals (id, seq, leaf, reason, org, identifier, subject, issuer, detail, chain, peer, gateway, first_at, last_at, count) VALUES (4, 4, '\xcccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc', 'unknown_ca', '', 'N9', '', '', '', '\x', '192.0.2.7:1', 'g', 1700000071, 1700000072, 3);
