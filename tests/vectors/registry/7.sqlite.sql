-- Registry tables, version 7, as nameplate made them; rows of a test behind them.
CREATE TABLE secrets ( id INTEGER PRIMARY KEY, org INTEGER NOT NULL REFERENCES organisations (id), key_id TEXT NOT NULL UNIQUE, secret TEXT NOT NULL, product TEXT, device INTEGER REFERENCES devices (id), create_limit INTEGER, created INTEGER NOT NULL, last_used INTEGER, added_at INTEGER NOT NULL, CHECK ((product IS NULL) <> (device IS NULL))) STRICT;
CREATE INDEX secrets_by_device ON secrets (device);
INSERT INTO secrets (id, org, key_id, secret, product, device, create_limit, created, last_used, added_at) VALUES (1, 7, 'nhp_x', 's', 'tracker', NULL, 5, 2, NULL, 1700000060), (2, 7, 'nhd_y', 't', NULL, 11, NULL, 0, 1700000061, 1700000062);
