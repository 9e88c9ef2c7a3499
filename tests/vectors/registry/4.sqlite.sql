-- Registry tables, version 4, as nameplate made them; rows of a test behind them.
CREATE TABLE sequences ( name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE refusals ( id INTEGER PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, leaf BLOB NOT NULL CHECK (length(leaf) = 32), reason TEXT NOT NULL, org TEXT NOT NULL, identifier TEXT NOT NULL, subject TEXT NOT NULL, issuer TEXT NOT NULL, detail TEXT NOT NULL, chain BLOB NOT NULL, peer TEXT NOT NULL, gateway TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, count INTEGER NOT NULL, UNIQUE (leaf, reason)) STRICT;
CREATE TABLE arrivals ( seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL CHECK (length(leaf) = 32), reason TEXT NOT NULL, org TEXT NOT NULL, identifier TEXT NOT NULL, peer TEXT NOT NULL, gateway TEXT NOT NULL, arrived_at INTEGER NOT NULL) STRICT;
INSERT INTO sequences (name, value) VALUES ('door', 4);
