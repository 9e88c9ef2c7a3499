-- Registry tables, version 5, as nameplate made them; rows of a test behind them.
CREATE TABLE tokens ( id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32), role INTEGER NOT NULL CHECK (role IN (0, 1, 2)), org INTEGER REFERENCES organisations (id), expires_at INTEGER, last_used INTEGER, added_at INTEGER NOT NULL) STRICT;
CREATE TABLE answers ( token INTEGER NOT NULL, request_key TEXT NOT NULL, request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32), status INTEGER NOT NULL, body TEXT NOT NULL, answered_at INTEGER NOT NULL, PRIMARY KEY (token, request_key)) STRICT;
CREATE INDEX answers_by_time ON answers (answered_at);
INSERT INTO tokens (id, name, sha256, role, org, expires_at, last_used, added_at) VALUES (1, 'ci', x'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 7, NULL, NULL, 1700000050);
