/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry keeps beside devices, as tables: its columns, and how they are read and put. */
#include "crypto/hash.h"
#include "registry/firmware.h"
#include "registry/tokens.h"
#include "registry/transfer_internal.h"
#include "x509/certificate.h"

enum { AUTHORITY_DER = 1 };

static const char *name_source(unsigned number)
{
    return np_identifier_source_name((np_identifier_source)number);
}

static const char *name_pin(unsigned number)
{
    return np_pin_name((np_pin)number);
}

static const char *name_key_state(unsigned number)
{
    return np_trusted_key_state_name((np_trusted_key_state)number);
}

static const char *name_role(unsigned number)
{
    return np_token_role_name((np_token_role)number);
}

static np_code derive_of_authority(const np_transfer_value *values,
                                   uint8_t (*ret)[NP_FINGERPRINT_BYTES], np_error *err)
{
    np_certificate certificate;
    NP_TRY(np_certificate_parse(values[AUTHORITY_DER].bytes, &certificate, err));
    np_sha256(certificate.der, ret[0]);
    np_sha256(certificate.subject, ret[1]);
    np_sha256(certificate.spki, ret[2]);
    return NP_OK;
}

#define COLUMN(name, form)                                                                         \
    {                                                                                              \
        name, NP_TRANSFER_##form, false, false, NULL                                               \
    }
#define OPTIONAL(name, form)                                                                       \
    {                                                                                              \
        name, NP_TRANSFER_##form, true, false, NULL                                                \
    }
#define OF_ITS_TIME(name, form)                                                                    \
    {                                                                                              \
        name, NP_TRANSFER_##form, false, true, NULL                                                \
    }
#define OPTIONAL_OF_ITS_TIME(name, form)                                                           \
    {                                                                                              \
        name, NP_TRANSFER_##form, true, true, NULL                                                 \
    }
#define NAMED(name, name_of)                                                                       \
    {                                                                                              \
        name, NP_TRANSFER_NAME, false, false, name_of                                              \
    }

#define OF_ORG " WHERE $1 = '' OR o.name = $1"

/* In the order of an export, in which they can be put. */
static const transfer_row rows[] = {
    {
        .kind = {.name = "organisation",
                 .columns = {COLUMN("org", ORG), OF_ITS_TIME("added_at", TIME)},
                 .count = 2},
        .select = {"SELECT o.name, o.added_at FROM organisations o" OF_ORG " ORDER BY o.id", 1},
        .add = {"UPDATE organisations SET id = $1, added_at = $2 WHERE id = $1", 2},
        .find = {"SELECT name FROM organisations WHERE name = $1", 1},
        .is_organisation = true,
    },
    {
        .kind = {.name = "ca",
                 .columns = {COLUMN("org", ORG), COLUMN("certificate", BASE64),
                             COLUMN("checks_expiry", FLAG), NAMED("identifier_source", name_source),
                             NAMED("pin", name_pin), OPTIONAL("product", TEXT),
                             COLUMN("tags", JSON), COLUMN("description", TEXT),
                             OPTIONAL("create_limit", NUMBER), OF_ITS_TIME("created", NUMBER),
                             OPTIONAL_OF_ITS_TIME("last_used", TIME),
                             OF_ITS_TIME("added_at", TIME)},
                 .count = 12},
        .select = {"SELECT o.name, a.der, a.checks_expiry, a.source, a.pin, a.product, a.tags,"
                   " a.description, a.create_limit, a.created, a.last_used, a.added_at"
                   " FROM authorities a JOIN organisations o ON o.id = a.org" OF_ORG
                   " ORDER BY a.id",
                   1},
        .add = {"INSERT INTO authorities (org, der, checks_expiry, source, pin, product, tags,"
                " description, create_limit, created, last_used, added_at, sha256,"
                " subject_sha256, key_sha256) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                " $12, $13, $14, $15 WHERE NOT EXISTS (SELECT 1 FROM authorities"
                " WHERE org <> $1 AND key_sha256 = $15) ON CONFLICT DO NOTHING",
                15},
        .find = {"SELECT org, der, checks_expiry, source, pin, product, tags, description,"
                 " create_limit FROM authorities WHERE org = $1 AND sha256 = $2",
                 2},
        .found_by = {0, 12},
        .derive = derive_of_authority,
        .derived = 3,
    },
    {
        .kind = {.name = "challenge",
                 .columns = {COLUMN("org", ORG), COLUMN("sha256", DIGEST),
                             COLUMN("ca_sha256", DIGEST), COLUMN("expires_at", TIME)},
                 .count = 4},
        .select = {"SELECT o.name, c.sha256, c.authority_sha256, c.expires_at FROM challenges c"
                   " JOIN organisations o ON o.id = c.org" OF_ORG
                   " ORDER BY c.expires_at, c.sha256",
                   1},
        .add = {"INSERT INTO challenges (org, sha256, authority_sha256, expires_at)"
                " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                4},
        .find = {"SELECT org, sha256, authority_sha256, expires_at FROM challenges"
                 " WHERE sha256 = $1",
                 1},
        .found_by = {1},
    },
    {
        .kind = {.name = "firmware_key",
                 .columns = {COLUMN("org", ORG), COLUMN("name", TEXT), COLUMN("public_key", KEY),
                             COLUMN("product", TEXT), NAMED("state", name_key_state),
                             OF_ITS_TIME("added_at", TIME)},
                 .count = 6},
        .select = {"SELECT o.name, k.name, k.public_key, k.product, k.state, k.added_at"
                   " FROM firmware_keys k JOIN organisations o ON o.id = k.org" OF_ORG
                   " ORDER BY k.id",
                   1},
        .add = {"INSERT INTO firmware_keys (org, name, public_key, product, state, added_at)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                6},
        .find = {"SELECT org, name, public_key, product, state FROM firmware_keys WHERE org = $1"
                 " AND name = $2",
                 2},
        .found_by = {0, 1},
    },
    {
        .kind = {.name = "firmware",
                 .columns = {COLUMN("org", ORG), COLUMN("product", TEXT), COLUMN("uuid", TEXT),
                             COLUMN("platform", TEXT), COLUMN("architecture", TEXT),
                             COLUMN("version", TEXT), COLUMN("sha256", DIGEST),
                             COLUMN("size", NUMBER), COLUMN("public_key", KEY),
                             OF_ITS_TIME("accepted_at", TIME)},
                 .count = 10},
        .select = {"SELECT o.name, f.product, f.uuid, f.platform, f.architecture, f.version,"
                   " f.sha256, f.size, k.public_key, f.accepted_at FROM firmwares f"
                   " JOIN organisations o ON o.id = f.org JOIN firmware_keys k ON k.id = f.key"
                   " WHERE $1 = '' OR o.name = $1 ORDER BY f.id",
                   1},
        .add = {"INSERT INTO firmwares (org, product, uuid, platform, architecture, version,"
                " sha256, size, key, accepted_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8,"
                " (SELECT id FROM firmware_keys WHERE org = $1 AND public_key = $9), $10"
                " WHERE EXISTS (SELECT 1 FROM firmware_keys WHERE org = $1 AND public_key = $9)"
                " ON CONFLICT DO NOTHING",
                10},
        .find = {"SELECT f.org, f.product, f.uuid, f.platform, f.architecture, f.version,"
                 " f.sha256, f.size, k.public_key FROM firmwares f"
                 " JOIN firmware_keys k ON k.id = f.key WHERE f.org = $1 AND f.sha256 = $2",
                 2},
        .found_by = {0, 6},
    },
    {
        .kind = {.name = "authorization",
                 .columns = {COLUMN("id", TEXT), COLUMN("digest", DIGEST), COLUMN("batch", TEXT),
                             COLUMN("limit", NUMBER), COLUMN("issued", NUMBER),
                             OF_ITS_TIME("added_at", TIME)},
                 .count = 6},
        .select = {"SELECT id, digest, batch, count_limit, issued, added_at FROM authorizations"
                   " WHERE $1 = '' ORDER BY added_at, digest",
                   1},
        .add = {"INSERT INTO authorizations (id, digest, batch, count_limit, issued, added_at)"
                " SELECT $1, $2, $3, $4, $5, $6 WHERE CAST($4 AS BIGINT) > 0"
                " AND CAST($5 AS BIGINT) <= CAST($4 AS BIGINT) ON CONFLICT DO NOTHING",
                6},
        .find = {"SELECT id, digest, batch, count_limit, issued FROM authorizations WHERE id = $1",
                 1},
        .found_by = {0},
    },
    {
        .kind = {.name = "journal",
                 .columns = {COLUMN("authorization", TEXT), COLUMN("station", DIGEST),
                             COLUMN("run", NUMBER), COLUMN("units", NUMBER),
                             OPTIONAL("head", DIGEST), OF_ITS_TIME("changed_at", TIME)},
                 .count = 6},
        .select = {"SELECT j.authorization_id, j.station, j.run, j.units, j.head, j.changed_at"
                   " FROM journals j JOIN authorizations a ON a.id = j.authorization_id"
                   " WHERE $1 = '' ORDER BY a.added_at, a.digest, j.station",
                   1},
        .add = {"INSERT INTO journals (authorization_id, station, run, units, head, changed_at)"
                " SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS"
                " (SELECT 1 FROM authorizations WHERE id = $1) ON CONFLICT DO NOTHING",
                6},
        .find = {"SELECT authorization_id, station, run, units, head FROM journals"
                 " WHERE authorization_id = $1 AND station = $2",
                 2},
        .found_by = {0, 1},
    },
    {
        .kind = {.name = "unit",
                 .columns = {COLUMN("serial", TEXT), COLUMN("key_sha256", DIGEST),
                             OPTIONAL("common_name", TEXT), OPTIONAL("certificate_serial", HEX),
                             COLUMN("authorization", TEXT), COLUMN("station", DIGEST),
                             COLUMN("run", NUMBER), COLUMN("issued", FLAG),
                             OF_ITS_TIME("changed_at", TIME)},
                 .count = 9},
        .select = {"SELECT serial, key_sha256, common_name, certificate_serial, authorization_id,"
                   " station, run, state, changed_at FROM units WHERE $1 = ''"
                   " ORDER BY key_sha256",
                   1},
        .add = {"INSERT INTO units (serial, key_sha256, common_name, certificate_serial,"
                " authorization_id, station, run, state, changed_at)"
                " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE EXISTS"
                " (SELECT 1 FROM authorizations WHERE id = $5) ON CONFLICT DO NOTHING",
                9},
        .find = {"SELECT serial, key_sha256, common_name, certificate_serial, authorization_id,"
                 " station, run, state FROM units WHERE serial = $1",
                 1},
        .found_by = {0},
    },
    {
        .kind = {.name = "cloud",
                 .columns = {COLUMN("target", TEXT), COLUMN("serial", TEXT), COLUMN("state", TEXT),
                             COLUMN("answer", TEXT), OF_ITS_TIME("changed_at", TIME)},
                 .count = 5},
        .select = {"SELECT target, serial, state, answer, changed_at FROM exports WHERE $1 = ''"
                   " ORDER BY changed_at, target, serial",
                   1},
        .add = {"INSERT INTO exports (target, serial, state, answer, changed_at)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                5},
        .find = {"SELECT target, serial, state, answer FROM exports WHERE target = $1"
                 " AND serial = $2",
                 2},
        .found_by = {0, 1},
    },
    {
        .kind = {.name = "token",
                 .columns = {OPTIONAL("org", ORG), COLUMN("name", TEXT), COLUMN("sha256", DIGEST),
                             NAMED("role", name_role), OPTIONAL("expires_at", TIME),
                             OPTIONAL_OF_ITS_TIME("last_used", TIME),
                             OF_ITS_TIME("added_at", TIME)},
                 .count = 7,
                 .is_secret = true},
        .select = {"SELECT o.name, t.name, t.sha256, t.role, t.expires_at, t.last_used, t.added_at"
                   " FROM tokens t LEFT JOIN organisations o ON o.id = t.org" OF_ORG
                   " ORDER BY t.id",
                   1},
        .add = {"INSERT INTO tokens (org, name, sha256, role, expires_at, last_used, added_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                7},
        .find = {"SELECT org, name, sha256, role, expires_at FROM tokens WHERE name = $1", 1},
        .found_by = {1},
    },
    {
        .kind = {.name = "answer",
                 .columns = {COLUMN("token", TEXT), COLUMN("key", TEXT),
                             COLUMN("request_sha256", DIGEST), COLUMN("status", NUMBER),
                             COLUMN("body", TEXT), OF_ITS_TIME("answered_at", TIME)},
                 .count = 6,
                 .is_secret = true,
                 .is_note = true},
        .select = {"SELECT t.name, a.request_key, a.request_sha256, a.status, a.body,"
                   " a.answered_at FROM answers a JOIN tokens t ON t.id = a.token WHERE $1 = ''"
                   " ORDER BY a.answered_at, a.request_sha256, t.id",
                   1},
        .add = {"INSERT INTO answers (token, request_key, request_sha256, status, body,"
                " answered_at) SELECT (SELECT id FROM tokens WHERE name = $1), $2, $3, $4, $5, $6"
                " WHERE EXISTS (SELECT 1 FROM tokens WHERE name = $1) ON CONFLICT DO NOTHING",
                6},
        .find = {"SELECT t.name, a.request_key, a.request_sha256, a.status, a.body FROM answers a"
                 " JOIN tokens t ON t.id = a.token WHERE t.name = $1 AND a.request_key = $2",
                 2},
        .found_by = {0, 1},
    },
    {
        .kind = {.name = "refusal",
                 .columns = {COLUMN("id", NUMBER), COLUMN("seq", NUMBER), COLUMN("leaf", DIGEST),
                             COLUMN("reason", TEXT), COLUMN("org", TEXT),
                             COLUMN("identifier", TEXT), COLUMN("subject", TEXT),
                             COLUMN("issuer", TEXT), COLUMN("detail", TEXT),
                             COLUMN("chain", BASE64), COLUMN("peer", TEXT), COLUMN("gateway", TEXT),
                             COLUMN("first_at", TIME), COLUMN("last_at", TIME),
                             COLUMN("count", NUMBER), COLUMN("source", TEXT)},
                 .count = 16,
                 .is_note = true},
        .select = {"SELECT id, seq, leaf, reason, org, identifier, subject, issuer, detail, chain,"
                   " peer, gateway, first_at, last_at, count, source FROM refusals"
                   " WHERE $1 = '' OR org = $1 ORDER BY id",
                   1},
        .add =
            {"INSERT INTO refusals (id, seq, leaf, reason, org, identifier, subject, issuer,"
             " detail, chain, peer, gateway, first_at, last_at, count, source) VALUES ($1, $2, $3,"
             " $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING",
             16},
        .find = {"SELECT id, seq, leaf, reason, org, identifier, subject, issuer, detail, chain,"
                 " peer, gateway, first_at, last_at, count, source FROM refusals WHERE id = $1",
                 1},
        .found_by = {0},
    },
    {
        .kind = {.name = "arrival",
                 .columns = {COLUMN("seq", NUMBER), COLUMN("leaf", DIGEST), COLUMN("reason", TEXT),
                             COLUMN("org", TEXT), COLUMN("identifier", TEXT), COLUMN("peer", TEXT),
                             COLUMN("gateway", TEXT), COLUMN("arrived_at", TIME)},
                 .count = 8,
                 .is_note = true},
        .select = {"SELECT seq, leaf, reason, org, identifier, peer, gateway, arrived_at"
                   " FROM arrivals WHERE $1 = '' OR org = $1 ORDER BY seq",
                   1},
        .add = {"INSERT INTO arrivals (seq, leaf, reason, org, identifier, peer, gateway,"
                " arrived_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                8},
        .find = {"SELECT seq, leaf, reason, org, identifier, peer, gateway, arrived_at"
                 " FROM arrivals WHERE seq = $1",
                 1},
        .found_by = {0},
    },
    {
        .kind = {.name = "sequence",
                 .columns = {COLUMN("name", TEXT), COLUMN("value", NUMBER)},
                 .count = 2,
                 .is_note = true},
        .select = {"SELECT name, value FROM sequences WHERE $1 = '' ORDER BY name", 1},
        .add = {"INSERT INTO sequences (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE"
                " SET value = excluded.value WHERE excluded.value > sequences.value",
                2},
        .find = {"SELECT name, value FROM sequences WHERE name = $1", 1},
        .found_by = {0},
    },
    {
        .kind = {.name = "secret",
                 .columns = {COLUMN("org", ORG), COLUMN("key", TEXT), COLUMN("secret", TEXT),
                             OPTIONAL("product", TEXT), OPTIONAL("device", TEXT),
                             OPTIONAL("create_limit", NUMBER), OF_ITS_TIME("created", NUMBER),
                             OPTIONAL_OF_ITS_TIME("last_used", TIME),
                             OF_ITS_TIME("added_at", TIME)},
                 .count = 9,
                 .is_secret = true,
                 .is_of_devices = true},
        .select = {"SELECT o.name, s.key_id, s.secret, s.product, d.identifier, s.create_limit,"
                   " s.created, s.last_used, s.added_at FROM secrets s"
                   " LEFT JOIN devices d ON d.id = s.device"
                   " JOIN organisations o ON o.id = coalesce(d.org, s.org)" OF_ORG " ORDER BY s.id",
                   1},
        .add = {"INSERT INTO secrets (org, key_id, secret, product, device, create_limit, created,"
                " last_used, added_at) SELECT $1, $2, $3, $4,"
                " (SELECT id FROM devices WHERE org = $1 AND identifier = $5), $6, $7, $8, $9"
                " WHERE (CAST($4 AS TEXT) IS NULL) = EXISTS"
                " (SELECT 1 FROM devices WHERE org = $1 AND identifier = $5)"
                " ON CONFLICT DO NOTHING",
                9},
        .find = {"SELECT coalesce(d.org, s.org), s.key_id, s.secret, s.product, d.identifier,"
                 " s.create_limit FROM secrets s LEFT JOIN devices d ON d.id = s.device"
                 " WHERE s.key_id = $1",
                 1},
        .found_by = {1},
    },
    {
        .kind = {.name = "change",
                 .columns = {COLUMN("seq", NUMBER), COLUMN("changed_at", TIME), COLUMN("who", TEXT),
                             COLUMN("what", TEXT), COLUMN("org", TEXT), COLUMN("subject", TEXT),
                             OPTIONAL("hash", DIGEST)},
                 .count = 7,
                 .is_note = true,
                 .is_history = true},
        .select = {"SELECT seq, changed_at, who, what, org, subject, hash FROM changes"
                   " WHERE $1 = '' ORDER BY seq",
                   1},
        .add = {"INSERT INTO changes (seq, changed_at, who, what, org, subject, hash)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                7},
        .find = {"SELECT seq, changed_at, who, what, org, subject, hash FROM changes"
                 " WHERE seq = $1",
                 1},
        .found_by = {0},
    },
    {
        .kind = {.name = "changes_head",
                 .columns = {COLUMN("seq", NUMBER), COLUMN("hash", DIGEST)},
                 .count = 2,
                 .is_note = true,
                 .is_history = true},
        .select = {"SELECT seq, hash FROM changes_head WHERE $1 = ''", 1},
        .add = {"UPDATE changes_head SET seq = $1, hash = $2 WHERE id = 1", 2},
        .find = {"SELECT seq, hash FROM changes_head WHERE seq = $1", 1},
        .found_by = {0},
    },
};

const transfer_row *transfer_row_at(size_t index)
{
    return index < NP_COUNT_OF(rows) ? &rows[index] : NULL;
}

const np_transfer_kind *np_transfer_kind_at(size_t index)
{
    return index < NP_COUNT_OF(rows) ? &rows[index].kind : NULL;
}
