-- Registry tables, version 4, as nameplate made them; rows of a test behind them.
CREATE TABLE sequences ( name TEXT PRIMARY KEY, value BIGINT NOT NULL);
CREATE TABLE refusals ( id BIGINT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE, leaf BYTEA NOT NULL CHECK (length(leaf) = 32), reason TEXT NOT NULL, org TEXT NOT NULL, identifier TEXT NOT NULL, subject TEXT NOT NULL, issuer TEXT NOT NULL, detail TEXT NOT NULL, chain BYTEA NOT NULL, peer TEXT NOT NULL, gateway TEXT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, count BIGINT NOT NULL, UNIQUE (leaf, reason));
CREATE TABLE arrivals ( seq BIGINT PRIMARY KEY, leaf BYTEA NOT NULL CHECK (length(leaf) = 32), reason TEXT NOT NULL, org TEXT NOT NULL, identifier TEXT NOT NULL, peer TEXT NOT NULL, gateway TEXT NOT NULL, arrived_at BIGINT NOT NULL);
INSERT INTO sequences (name, value) VALUES ('door', 4);
