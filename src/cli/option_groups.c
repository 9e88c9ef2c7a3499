/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option_groups.h"

#include "cli/options.h"

#define MEMBER(name) offsetof(cli_arguments, name)

/* As many as the largest group has. */
enum { GROUP_OPTIONS_MAX = 5 };

/* A row without a name ends its group. */
static const cli_option groups[CLI_GROUP_COUNT][GROUP_OPTIONS_MAX + 1] = {
    [CLI_GROUP_ACTIVATION_KEY] =
        {
            {"activation-key-file", "FILE",
             "of nerveskey-volatile: the activation key, 16 bytes or their hex digits", CLI_TEXT,
             MEMBER(activation_key_file), false},
        },
    [CLI_GROUP_AUTHORITY] =
        {
            {"profile", "NAME", "a CA for issue, no chip stores it: device, nrf-2022 or nrf-2026",
             CLI_TEXT, MEMBER(profile), false},
            {"subject", "NAME", "of --profile: its name, as 'C=DE,O=Acme,CN=Device CA'", CLI_TEXT,
             MEMBER(subject), false},
            {"days", "N", "of --profile: days of validity, 1 to 36500; default: 3650", CLI_NUMBER,
             MEMBER(days), false},
        },
    [CLI_GROUP_AUTHORIZATION] =
        {
            {"authorization", "FILE", "issue what this authorization allows, and count it",
             CLI_TEXT, MEMBER(authorization), false},
            {"authority", "FILE",
             "public key of the authority, PEM; default: the signer's configuration names it",
             CLI_TEXT, MEMBER(authority), false},
        },
    [CLI_GROUP_AUTHORIZATION_KEY] =
        {
            {"key", "KEY", "the authority's key: a PEM file, or the PKCS#11 URI of an HSM's",
             CLI_TEXT, MEMBER(key), true},
            {"key-passphrase-file", "FILE",
             "passphrase of an encrypted key file, its first line; default: ask", CLI_TEXT,
             MEMBER(key_passphrase_file), false},
        },
    [CLI_GROUP_AUTHORIZATION_PLACE] =
        {
            {"station", "FILE", "public key of a station that may issue, PEM; up to 32 times",
             CLI_LIST, MEMBER(stations), true},
            {"profile", "NAME", "form of the certificates; default: any", CLI_TEXT, MEMBER(profile),
             false},
            {"product", "TEXT", "what is made, for people", CLI_TEXT, MEMBER(product), false},
            {"out", "FILE", "new file for the authorization", CLI_TEXT, MEMBER(out), true},
        },
    [CLI_GROUP_AUTHORIZATION_TERMS] =
        {
            {"batch", "TEXT", "name of the batch, up to 32 bytes", CLI_TEXT, MEMBER(batch), true},
            {"count", "N", "units at most, of all stations together", CLI_NUMBER, MEMBER(count),
             true},
            {"serials", "FIRST..LAST", "the serials, alike but for the digits at their ends",
             CLI_TEXT, MEMBER(serials), true},
            {"until", "TIME", "last day, or last second as 2026-12-31T12:00:00Z", CLI_TEXT,
             MEMBER(until), true},
        },
    [CLI_GROUP_AUTHORIZE] =
        {
            {"activation-key-file", "FILE", "the activation key, 16 bytes or their hex digits",
             CLI_TEXT, MEMBER(activation_key_file), true},
        },
    [CLI_GROUP_AUX] =
        {
            {"aux", NULL, "of the auxiliary pair, as chip aux cert", CLI_FLAG, MEMBER(aux), false},
        },
    [CLI_GROUP_CERTIFICATE] =
        {
            {"signer", NULL, "the signer's certificate instead of the device's", CLI_FLAG,
             MEMBER(signer), false},
            {"chain", NULL, "the device's certificate, then the signer's", CLI_FLAG, MEMBER(chain),
             false},
        },
    [CLI_GROUP_COMMON] =
        {
            {"json", NULL, "print one JSON document with stable keys", CLI_FLAG, MEMBER(json),
             false},
            {"help", NULL, "print this help", CLI_FLAG, MEMBER(help), false},
        },
    [CLI_GROUP_CONFORMANCE] =
        {
            {"may-lock", NULL, "also send a Lock command that every chip should refuse", CLI_FLAG,
             MEMBER(may_lock), false},
            {"spend", NULL, "use a blank chip up: lock it with a test configuration, and ask all",
             CLI_FLAG, MEMBER(spend), false},
        },
    [CLI_GROUP_CONSENT] =
        {
            {"plan", "HASH", "consent to the plan with this hash and to no other", CLI_TEXT,
             MEMBER(plan), false},
            {"yes", NULL, "consent to whatever the plan is", CLI_FLAG, MEMBER(yes), false},
            {"dry-run", NULL, "stop after the plan", CLI_FLAG, MEMBER(dry_run), false},
        },
    [CLI_GROUP_CREDENTIAL] =
        {
            {"type", "TYPE",
             "root-ca, client-cert, client-key, psk, psk-id, public-key, or a number", CLI_TEXT,
             MEMBER(type), true},
        },
    [CLI_GROUP_EXPORT] =
        {
            {"to", "TARGET",
             "whose files: csv, json, nrfcloud, aws, aws-calls, azure, azure-group, golioth, "
             "mender, nerveshub or manifest",
             CLI_TEXT, MEMBER(to), false},
            {"out", "DIR", "the folder for them, new or empty", CLI_TEXT, MEMBER(out), false},
            {"chunk", "N", "devices in a file; default: 1000 for nrfcloud, else 10000", CLI_NUMBER,
             MEMBER(chunk), false},
            {"all", NULL, "with --registry: also what the cloud has already", CLI_FLAG, MEMBER(all),
             false},
        },
    [CLI_GROUP_EXPORT_ANSWER] =
        {
            {"check-result", "FILE",
             "the other way: read a cloud's answer to the export in the folder DIR", CLI_TEXT,
             MEMBER(check_result), false},
            {"part", "NAME", "to which of its parts it is the answer; default: the only one",
             CLI_TEXT, MEMBER(part), false},
            {"registry", "URI", "the registry that remembers what each cloud has", CLI_TEXT,
             MEMBER(registry), false},
        },
    [CLI_GROUP_EXPORT_MANIFEST] =
        {
            {"manifest-key", "KEY", "manifest: who signs, a PEM file or a PKCS#11 URI", CLI_TEXT,
             MEMBER(manifest_key), false},
            {"manifest-cert", "FILE", "manifest: the signer's certificate, PEM or DER", CLI_TEXT,
             MEMBER(manifest_cert), false},
            {"manifest-version", "N", "manifest: 1 or 3 (default)", CLI_NUMBER,
             MEMBER(manifest_version), false},
            {"key-passphrase-file", "FILE",
             "passphrase of an encrypted key file, its first line; default: ask", CLI_TEXT,
             MEMBER(key_passphrase_file), false},
        },
    [CLI_GROUP_EXPORT_TARGET] =
        {
            {"project", "SLUG", "golioth: the organization that certificates must have", CLI_TEXT,
             MEMBER(project), false},
            {"identity", "PAIRS", "mender: what devices say that they are, as mac=mac,sn=serial",
             CLI_TEXT, MEMBER(identity), false},
        },
    [CLI_GROUP_FIRMWARE_ENCRYPT] =
        {
            {"encrypt", NULL, "encrypt the private key; asks for a passphrase", CLI_FLAG,
             MEMBER(encrypt), false},
            {"key-passphrase-file", "FILE",
             "encrypt the private key with the first line of this file", CLI_TEXT,
             MEMBER(key_passphrase_file), false},
        },
    [CLI_GROUP_FIRMWARE_POLICY] =
        {
            {"product", "NAME", "it must be for this product", CLI_TEXT, MEMBER(product), false},
            {"platform", "NAME", "and for this platform", CLI_TEXT, MEMBER(platform), false},
            {"minimum-version", "VERSION", "and no older than this semantic version", CLI_TEXT,
             MEMBER(minimum_version), false},
        },
    [CLI_GROUP_FIRMWARE_SIGN] =
        {
            {"key", "KEY", "the private key: a file, env:NAME, or fd:NUMBER", CLI_TEXT, MEMBER(key),
             true},
            {"key-passphrase-file", "FILE",
             "passphrase of an encrypted key, its first line; default: ask", CLI_TEXT,
             MEMBER(key_passphrase_file), false},
            {"out", "FILE", "write a new archive; default: replace this one", CLI_TEXT, MEMBER(out),
             false},
        },
    [CLI_GROUP_FIRMWARE_TRUST] =
        {
            {"org", "NAME", "and the keys that this organisation trusts for the product", CLI_TEXT,
             MEMBER(org), false},
        },
    [CLI_GROUP_FIRMWARE_VERIFY] =
        {
            {"key", "KEY", "a public key that is trusted: a file, env:NAME, or fd:NUMBER; repeat",
             CLI_LIST, MEMBER(keys), false},
            {"delta-source", "FILE", "what deltas were made from, to check what they give",
             CLI_TEXT, MEMBER(delta_source), false},
        },
    [CLI_GROUP_FORCE] =
        {
            {"force", NULL, "overwrite or delete what nobody can get back", CLI_FLAG, MEMBER(force),
             false},
        },
    [CLI_GROUP_FWUP_COMPATIBLE] =
        {
            {"fwup-compatible", NULL, "answer as fwup does, with its exit statuses", CLI_FLAG,
             MEMBER(fwup_compatible), false},
        },
    [CLI_GROUP_GATEWAY_CONNECT] =
        {
            {"chip", "URI", "the device's chip; default: $NAMEPLATE_CHIP", CLI_TEXT, MEMBER(chip),
             false},
            {"cert", "FILE", "instead of a chip: the device's certificate, its issuers behind it",
             CLI_TEXT, MEMBER(cert), false},
            {"key", "FILE", "of --cert: its key, PEM", CLI_TEXT, MEMBER(key), false},
            {"ca-file", "FILE",
             "whom to believe who the server is, PEM; default: the system's roots", CLI_TEXT,
             MEMBER(ca_file), false},
        },
    [CLI_GROUP_GATEWAY_RUN] =
        {
            {"config", "FILE", "the configuration (man nameplate-gateway)", CLI_TEXT,
             MEMBER(config), true},
        },
    [CLI_GROUP_IMPORT] =
        {
            {"signer-cert", "FILE",
             "certificate of who may have signed, PEM or DER; may be given several times", CLI_LIST,
             MEMBER(trusted_certs), true},
            {"out", "FILE", "new file for the units, a line of JSON each", CLI_TEXT, MEMBER(out),
             true},
            {"rejects", "FILE",
             "new file for refused elements; default: the --out file's name with .rejects",
             CLI_TEXT, MEMBER(rejects), false},
            {"workers", "N", "how many verify at a time, 1 to 64; default: one a processor",
             CLI_NUMBER, MEMBER(workers), false},
        },
    [CLI_GROUP_INIT] =
        {
            {"product", "NAME", "what is made; default: product", CLI_TEXT, MEMBER(product), false},
            {"serial", "PATTERN", "of the units, with digits in braces; default: SN-{6}", CLI_TEXT,
             MEMBER(serial), false},
            {"bays", "N", "places for units, 1 to 64; default: 1", CLI_NUMBER, MEMBER(bays), false},
            {"virtual", NULL, "chips in files instead of those on /dev/i2c-1, /dev/i2c-2 ...",
             CLI_FLAG, MEMBER(is_virtual), false},
        },
    [CLI_GROUP_ISSUE] =
        {
            {"profile", "NAME", "form of the certificates: device, nerveskey, nrf-2022 or nrf-2026",
             CLI_TEXT, MEMBER(profile), true},
            {"subject", "NAME", "what all subjects begin with, as 'C=DE,O=Acme'", CLI_TEXT,
             MEMBER(subject), false},
            {"days", "N", "days of validity from now; 0 (default): without expiry", CLI_NUMBER,
             MEMBER(days), false},
            {"workers", "N", "how many sign at a time, 1 to 64; default: one a processor",
             CLI_NUMBER, MEMBER(workers), false},
            {"quiet", NULL, "show no progress", CLI_FLAG, MEMBER(quiet), false},
        },
    [CLI_GROUP_ISSUE_FILES] =
        {
            {"out", "FILE", "new file, or folder, for the certificates", CLI_TEXT, MEMBER(out),
             true},
            {"out-format", "FORM",
             "ndjson (default), pem, der or compressed: one behind the other; pem-files or "
             "der-files: one a file",
             CLI_TEXT, MEMBER(out_format), false},
            {"rejects", "FILE",
             "new file for refused rows; default: the --out file's name with "
             ".rejects",
             CLI_TEXT, MEMBER(rejects), false},
        },
    [CLI_GROUP_JWT] =
        {
            {"claims", "FILE", "the claims, a JSON object; - for the standard input", CLI_TEXT,
             MEMBER(claims), true},
            {"header", "FILE", "members to add to the header, a JSON object", CLI_TEXT,
             MEMBER(header), false},
        },
    [CLI_GROUP_KEYGEN] =
        {
            {"out", "FILE", "new file for the modem's reply", CLI_TEXT, MEMBER(out), true},
            {"subject", "NAME", "of the request, as 'CN=...,O=...'; default: CN=<device UUID>",
             CLI_TEXT, MEMBER(subject), false},
            {"key-usage", "BITS", "zeros and ones, digitalSignature first; default: 11101",
             CLI_TEXT, MEMBER(key_usage), false},
            {"public-key", NULL, "ask for the public key instead of a request", CLI_FLAG,
             MEMBER(public_key), false},
        },
    [CLI_GROUP_KEY_REFERENCE] =
        {
            {"slot", "N", "the slot of the key, 0 to 15; default: 0, the device's key", CLI_NUMBER,
             MEMBER(slot), false},
        },
    [CLI_GROUP_LABEL] =
        {
            {"record", "FILE", "the record that the unit is in", CLI_TEXT, MEMBER(record), true},
            {"template", "FILE", "what stands where on the label", CLI_TEXT, MEMBER(template),
             true},
            {"out", "FILE", "new file for the label", CLI_TEXT, MEMBER(out), false},
            {"format", "FORMAT", "svg, png or zpl; default: by the ending of --out", CLI_TEXT,
             MEMBER(format), false},
            {"check", "FILE", "instead: compare with what a scanner has read; -: standard input",
             CLI_TEXT, MEMBER(check), false},
        },
    [CLI_GROUP_LAYOUT] =
        {
            {"layout", "NAME",
             "nerveskey (default), nerveskey-volatile: a key to be authorised, or application: "
             "room for three more private keys",
             CLI_TEXT, MEMBER(layout), false},
            {"encryption-key-file", "FILE",
             "of nerveskey-volatile: the encryption key, 16 bytes or their hex digits", CLI_TEXT,
             MEMBER(encryption_key_file), false},
        },
    [CLI_GROUP_MODEM_CERTIFICATE] =
        {
            {"profile", "NAME", "form of the certificate: nrf-2026 (default), nrf-2022 or device",
             CLI_TEXT, MEMBER(profile), false},
            {"days", "N", "days of validity from now; default: 3650", CLI_NUMBER, MEMBER(days),
             false},
            {"root", "FILE", "the servers' root, PEM; default: Amazon Root CA 1", CLI_TEXT,
             MEMBER(root), false},
            {"coap", NULL, "write nRF Cloud's root for CoAP behind it", CLI_FLAG, MEMBER(coap),
             false},
        },
    [CLI_GROUP_MODEM_FILES] =
        {
            {"csv", "FILE", "gets the row that goes to nRF Cloud, as onboard.csv", CLI_TEXT,
             MEMBER(csv), false},
            {"devinfo", "FILE", "gets a row id,firmware,imei", CLI_TEXT, MEMBER(devinfo), false},
            {"replace", NULL, "take out a row that the device has in the CSV file", CLI_FLAG,
             MEMBER(replace), false},
            {"journal", "DIR", "where interrupted runs are remembered; default: the user's state",
             CLI_TEXT, MEMBER(journal), false},
        },
    [CLI_GROUP_MODEM_IDENTITY] =
        {
            {"id", "TEXT", "the device id; default: the device's UUID", CLI_TEXT, MEMBER(id),
             false},
            {"id-imei", NULL, "the IMEI ends the device id: nrf- becomes nrf-355025930000000",
             CLI_FLAG, MEMBER(id_imei), false},
        },
    [CLI_GROUP_MODEM_KEY] =
        {
            {"local-key", NULL, "make the key here and write it: for firmware before 1.3", CLI_FLAG,
             MEMBER(local_key), false},
            {"new-key", NULL, "make a new key although all is there", CLI_FLAG, MEMBER(new_key),
             false},
        },
    [CLI_GROUP_MODEM_PART] =
        {
            {"shell", "KIND", "of modems: at (default), at-shell or tls-shell", CLI_TEXT,
             MEMBER(shell), false},
            {"line-end", "WHAT", "of modems: what ends a command: cr (default), crlf, lf or null",
             CLI_TEXT, MEMBER(line_end), false},
            {"imei", "DIGITS", "of modems: 15 digits; default: random", CLI_TEXT, MEMBER(imei),
             false},
            {"firmware", "NAME", "of modems, as mfw_nrf9160_1.2.7; default: a new one", CLI_TEXT,
             MEMBER(firmware), false},
        },
    [CLI_GROUP_MODEM_ROW] =
        {
            {"tags", "LIST", "tags of the device, with | between them", CLI_TEXT, MEMBER(tags),
             false},
            {"subtype", "TEXT", "sub type of the device", CLI_TEXT, MEMBER(sub_type), false},
            {"fwtypes", "LIST", "of APP, MODEM, BOOT, SOFTDEVICE, BOOTLOADER, with | between them",
             CLI_TEXT, MEMBER(firmware_types), false},
        },
    [CLI_GROUP_NEW_KEY] =
        {
            {"key", "URI", "the key is in an HSM: a PKCS#11 URI, its PIN by pin-source=file:PATH",
             CLI_TEXT, MEMBER(key), false},
            {"generate", NULL, "make that key first; otherwise it must be there", CLI_FLAG,
             MEMBER(generate), false},
            {"encrypt", NULL, "encrypt the key file; asks for a passphrase", CLI_FLAG,
             MEMBER(encrypt), false},
            {"key-passphrase-file", "FILE", "encrypt the key file with the first line of this file",
             CLI_TEXT, MEMBER(key_passphrase_file), false},
        },
    [CLI_GROUP_NOW] =
        {
            {"now", "TIME", "pretend that it is this time (virtual chips only)", CLI_TIME,
             MEMBER(now), false},
        },
    [CLI_GROUP_NRF_CLAIM] =
        {
            {"tags", "LIST", "tags for the devices, with commas between them", CLI_TEXT,
             MEMBER(tags), false},
            {"dry-run", NULL, "ask whether the tokens would be taken, and claim nothing", CLI_FLAG,
             MEMBER(dry_run), false},
        },
    [CLI_GROUP_NRF_INFO] =
        {
            {"devinfo", "FILE", "report the firmware of each device, from rows id,firmware,imei",
             CLI_TEXT, MEMBER(devinfo), false},
            {"name-prefix", "TEXT", "with --devinfo: name each device by this and its IMEI",
             CLI_TEXT, MEMBER(name_prefix), false},
        },
    [CLI_GROUP_NRF_JWT] =
        {
            {"key", "FILE", "the team's service key, PEM", CLI_TEXT, MEMBER(key), true},
            {"team-id", "ID", "the team", CLI_TEXT, MEMBER(team_id), true},
            {"device-id", "ID", "the device for which it is asked", CLI_TEXT, MEMBER(device_id),
             false},
            {"days-valid", "N", "days until it expires, 0: never; default: 30", CLI_NUMBER,
             MEMBER(days_valid), false},
        },
    [CLI_GROUP_NRF_ONBOARD] =
        {
            {"skip-existing", NULL, "leave out the devices that the account has", CLI_FLAG,
             MEMBER(skip_existing), false},
            {"confirm", NULL, "ask for each device afterwards", CLI_FLAG, MEMBER(confirm), false},
            {"results", "FILE", "new file with the result of each row, as Nordic's tool writes it",
             CLI_TEXT, MEMBER(results), false},
            {"dry-run", NULL, "look at the rows, and send nothing", CLI_FLAG, MEMBER(dry_run),
             false},
        },
    [CLI_GROUP_NRF_POLL] =
        {
            {"poll", "SECONDS", "between two questions, and before a retry; default: 5", CLI_NUMBER,
             MEMBER(poll), false},
            {"timeout", "SECONDS", "how long to wait for an operation; default: 600", CLI_NUMBER,
             MEMBER(timeout), false},
        },
    [CLI_GROUP_NRF_PROVISIONING] =
        {
            {"provisioning-url", "URL",
             "where claims go; default: https://api.provisioning.nrfcloud.com/v1", CLI_TEXT,
             MEMBER(provisioning_url), false},
        },
    [CLI_GROUP_NRF_ROW_FILE] =
        {
            {"csv", "FILE", "gets the row that goes to nRF Cloud, as onboard.csv", CLI_TEXT,
             MEMBER(csv), false},
        },
    [CLI_GROUP_NRF_SERVICE] =
        {
            {"api-key-file", "FILE",
             "file with the API key, its first line; default: $NRFCLOUD_API_KEY", CLI_TEXT,
             MEMBER(api_key_file), false},
            {"token-form", "FORM", "bearer (default), or basic: the key is an organization's token",
             CLI_TEXT, MEMBER(token_form), false},
            {"url", "URL", "the service; default: https://api.nrfcloud.com/v1", CLI_TEXT,
             MEMBER(url), false},
            {"ca-file", "FILE", "trust these roots and not the system's, PEM", CLI_TEXT,
             MEMBER(ca_file), false},
        },
    [CLI_GROUP_NRF_STATUS] =
        {
            {"operation", NULL, "ID is a bulk operation, not a device", CLI_FLAG, MEMBER(operation),
             false},
        },
    [CLI_GROUP_NRF_TOKEN] =
        {
            {"save", NULL, "store UUID_TAG_csr.pem and UUID_TAG_pub.pem", CLI_FLAG, MEMBER(save),
             false},
            {"out", "DIR", "the folder for them, which is there; default: this one", CLI_TEXT,
             MEMBER(out), false},
        },
    [CLI_GROUP_NRF_TOKEN_IDENTITY] =
        {
            {"pins", "FILE", "identity keys by first use: checked and added to", CLI_TEXT,
             MEMBER(pins), false},
            {"identity-key", "FILE", "the device's public identity key, PEM", CLI_TEXT,
             MEMBER(identity_key), false},
        },
    [CLI_GROUP_PART] =
        {
            {"model", "MODEL",
             "atecc508a, atecc608a, atecc608b, tngtls; nrf9160, nrf9161, nrf9151: a modem",
             CLI_TEXT, MEMBER(model), true},
            {"chip-serial", "HEX",
             "18 hex digits, 0123 to begin with, EE (tngtls: 01) at the end; default: random",
             CLI_TEXT, MEMBER(chip_serial), false},
            {"root-out", "FILE", "of tngtls: write the certificate of its root, PEM", CLI_TEXT,
             MEMBER(root_out), false},
            {"image", "FILE", "configuration zone to begin with, 128 bytes or their hex digits",
             CLI_TEXT, MEMBER(image), false},
        },
    [CLI_GROUP_PRODUCT] =
        {
            {"serial", "TEXT", "the product's serial, 1 to 32 bytes; default: from the chip serial",
             CLI_TEXT, MEMBER(serial), false},
            {"board", "TEXT", "name of the board, 1 to 10 bytes; default: NervesKey", CLI_TEXT,
             MEMBER(board), false},
            {"user-data", "FILE", "up to 32 bytes to store beside a serial of up to 16", CLI_TEXT,
             MEMBER(user_data), false},
        },
    [CLI_GROUP_PROOF] =
        {
            {"out", "FILE", "where the proof goes, PEM", CLI_TEXT, MEMBER(out), true},
        },
    [CLI_GROUP_PSA] =
        {
            {"store", "DIR", "the folder with the application's keys", CLI_TEXT, MEMBER(store),
             true},
            {"chip", "URI", "the chip; default: $NAMEPLATE_CHIP", CLI_TEXT, MEMBER(chip), false},
        },
    [CLI_GROUP_PSA_KEYS] =
        {
            {"register", "KEY", "id=16,slot=0: a key that is in the chip; may be repeated",
             CLI_LIST, MEMBER(register_keys), false},
            {"generate", "KEY", "id=18[,slot=2]: a key for the chip to make; may be repeated",
             CLI_LIST, MEMBER(generate_keys), false},
        },
    [CLI_GROUP_PSA_SUBJECT] =
        {
            {"subject", "NAME", "of the request; {serial} is the chip's, {id} the key's", CLI_TEXT,
             MEMBER(subject), false},
        },
    [CLI_GROUP_RANDOM] =
        {
            {"bytes", "N", "how many, 1 to 1000000; default: 32", CLI_NUMBER, MEMBER(bytes), false},
        },
    [CLI_GROUP_RECORD] =
        {
            {"record", "FILE", "add what is made to this record; needs --station-key", CLI_TEXT,
             MEMBER(record), false},
            {"station-key", "FILE", "the key that signs the record, PEM", CLI_TEXT,
             MEMBER(station_key), false},
            {"batch", "TEXT", "name of the batch in the record, up to 32 bytes", CLI_TEXT,
             MEMBER(batch), false},
        },
    [CLI_GROUP_RECORD_HEAD] =
        {
            {"head", "HEX", "a line with this SHA-256 must be there: the head of an earlier time",
             CLI_TEXT, MEMBER(head), false},
        },
    [CLI_GROUP_RECORD_KEY] =
        {
            {"key", "FILE", "the station's public key, PEM, from a source that you trust", CLI_TEXT,
             MEMBER(key), true},
        },
    [CLI_GROUP_RECORD_KEY_OPTIONAL] =
        {
            {"key", "FILE", "verify with this public key first, PEM", CLI_TEXT, MEMBER(key), false},
        },
    [CLI_GROUP_RECORD_QUERY] =
        {
            {"fingerprint", "HEX", "SHA-256 or SHA-1 of the unit's certificate", CLI_TEXT,
             MEMBER(fingerprint), false},
            {"station", "NAME", "all units of this station", CLI_TEXT, MEMBER(station), false},
        },
    [CLI_GROUP_REGISTRY] =
        {
            {"registry", "URI",
             "sqlite:FILE, a path or postgresql://HOST/DATABASE; default: $NAMEPLATE_REGISTRY, "
             "else the user's own file",
             CLI_TEXT, MEMBER(registry), false},
        },
    [CLI_GROUP_REGISTRY_CA] =
        {
            {"proof", "FILE", "the proof of ownership, signed by the CA (signer prove makes it)",
             CLI_TEXT, MEMBER(proof), false},
            {"trusted", NULL, "without a proof: you vouch that the CA is this organisation's",
             CLI_FLAG, MEMBER(trusted), false},
            {"jitp", "LIST",
             "let the CA create devices at their first connection: product=NAME, and tags=A+B, "
             "description=TEXT, limit=N, with commas between them",
             CLI_TEXT, MEMBER(jitp), false},
            {"identifier", "SOURCE",
             "where its devices carry theirs: cn (default), serial-number, dns or uri", CLI_TEXT,
             MEMBER(identifier), false},
            {"pin", "WHERE", "remember the leaf (default), or its issuer where leaves change",
             CLI_TEXT, MEMBER(pin), false},
            {"check-expiry", NULL, "let nobody new in once the CA has expired", CLI_FLAG,
             MEMBER(check_expiry), false},
        },
    [CLI_GROUP_REGISTRY_CREDENTIAL] =
        {
            {"certificate", "SHA256", "not the device: this certificate of it alone", CLI_TEXT,
             MEMBER(cert), false},
            {"key", "SHA256", "not the device: this key of it, with whatever certificate", CLI_TEXT,
             MEMBER(key), false},
        },
    [CLI_GROUP_REGISTRY_EXPORT] =
        {
            {"out", "FILE", "a new file instead of stdout", CLI_TEXT, MEMBER(out), false},
            {"quiet", NULL, "show no progress", CLI_FLAG, MEMBER(quiet), false},
        },
    [CLI_GROUP_REGISTRY_EXPORT_SECRETS] =
        {
            {"with-secrets", NULL,
             "shared secrets and what tokens are known by too; the file has mode 0600", CLI_FLAG,
             MEMBER(with_secrets), false},
        },
    [CLI_GROUP_REGISTRY_IMPORT] =
        {
            {"org", "NAME", "the organisation of rows that name none", CLI_TEXT, MEMBER(org),
             false},
            {"on-conflict", "WHAT",
             "what happens to a device that is on record and differs: reject (default), keep or "
             "update",
             CLI_TEXT, MEMBER(on_conflict), false},
            {"rejects", "FILE", "new file for refused rows; default: the file's name with .rejects",
             CLI_TEXT, MEMBER(rejects), false},
            {"dry-run", NULL, "judge every row, and store nothing", CLI_FLAG, MEMBER(dry_run),
             false},
            {"quiet", NULL, "show no progress", CLI_FLAG, MEMBER(quiet), false},
        },
    [CLI_GROUP_REGISTRY_IMPORT_SOURCE] =
        {
            {"signer-cert", "FILE",
             "of a manifest: certificate of who may have signed, PEM or DER; may be given several "
             "times",
             CLI_LIST, MEMBER(trusted_certs), false},
            {"key", "FILE", "of a record: verify it with this public key of its station, PEM",
             CLI_TEXT, MEMBER(key), false},
        },
    [CLI_GROUP_REGISTRY_KEY] =
        {
            {"name", "NAME", "its name; default: the file's, without .pub", CLI_TEXT, MEMBER(name),
             false},
            {"product", "NAME", "for this product alone; default: all of the organisation's",
             CLI_TEXT, MEMBER(product), false},
        },
    [CLI_GROUP_REGISTRY_MOVE] =
        {
            {"to", "NAME", "the organisation that it goes to", CLI_TEXT, MEMBER(to), true},
        },
    [CLI_GROUP_REGISTRY_ORG] =
        {
            {"org", "NAME", "the organisation", CLI_TEXT, MEMBER(org), true},
        },
    [CLI_GROUP_REGISTRY_ORG_OPTIONAL] =
        {
            {"org", "NAME", "of this organisation alone", CLI_TEXT, MEMBER(org), false},
        },
    [CLI_GROUP_REGISTRY_PRODUCT] =
        {
            {"product", "NAME", "what it is", CLI_TEXT, MEMBER(product), false},
        },
    [CLI_GROUP_REGISTRY_PRODUCT_NEEDED] =
        {
            {"product", "NAME", "the product that it is for", CLI_TEXT, MEMBER(product), true},
        },
    [CLI_GROUP_REGISTRY_REKEY] =
        {
            {"hours", "N", "for so long; default: 24", CLI_NUMBER, MEMBER(hours), false},
        },
    [CLI_GROUP_REGISTRY_TOKEN] =
        {
            {"role", "ROLE", "what it may do: view, manage, admin or admit", CLI_TEXT, MEMBER(role),
             true},
            {"org", "NAME", "for this organisation alone; default: all", CLI_TEXT, MEMBER(org),
             false},
            {"days", "N", "it is good for so long; default: 365", CLI_NUMBER, MEMBER(days), false},
            {"out", "FILE", "write it to this file, mode 0600; default: on stdout", CLI_TEXT,
             MEMBER(out), false},
        },
    [CLI_GROUP_REGISTRY_SECRET] =
        {
            {"product", "NAME", "of this product, whose devices create themselves", CLI_TEXT,
             MEMBER(product), false},
            {"limit", "N", "with --product: no more than so many", CLI_NUMBER, MEMBER(count),
             false},
            {"device", "IDENTIFIER", "of this device alone", CLI_TEXT, MEMBER(identifier), false},
            {"out", "FILE", "make a new one, and write it with its name to this new file", CLI_TEXT,
             MEMBER(out), false},
            {"secret-file", "FILE",
             "one that devices have, in the same form; - is the standard input", CLI_TEXT,
             MEMBER(secret_file), false},
        },
    [CLI_GROUP_ROOT] =
        {
            {"root", "FILE",
             "of a Trust&GO part: trust this root, PEM or DER; default: Microchip's Root CA 002",
             CLI_TEXT, MEMBER(root), false},
        },
    [CLI_GROUP_SECTAG] =
        {
            {"sectag", "N", "the security tag; default: 16842753, nRF Cloud's", CLI_TEXT,
             MEMBER(sectag), false},
        },
    [CLI_GROUP_SERVE] =
        {
            {"socket", "PATH", "where to serve a chip; it is then opened as unix:PATH", CLI_TEXT,
             MEMBER(socket), false},
            {"pty", "PATH", "where to serve a modem: a link to a terminal, opened as a serial port",
             CLI_TEXT, MEMBER(pty), false},
            {"time", "HOW",
             "of a chip: typical (default), real, maximum or zero; of a modem: real (default), "
             "zero",
             CLI_TEXT, MEMBER(time), false},
            {"bus-khz", "N", "clock of the bus, 10 to 1000; default: 100", CLI_NUMBER,
             MEMBER(bus_khz), false},
            {"fault", "LIST",
             "of a chip: nack@N, bad-crc@N, slow@N:MS, power-cut@N; of a modem: lose-in@N, "
             "lose-out@N, urc@N, error@N, cme@N:CODE, silence@N, restart@N, cut-in@N, cut-out@N",
             CLI_TEXT, MEMBER(fault), false},
        },
    [CLI_GROUP_SETTINGS_GET] =
        {
            {"raw", "FILE", "store the bytes as they are in a new file", CLI_TEXT, MEMBER(raw_file),
             false},
        },
    [CLI_GROUP_SETTINGS_PUT] =
        {
            {"raw", "FILE", "write the bytes of this file as they are, instead of JSON", CLI_TEXT,
             MEMBER(raw_file), false},
            {"atoms", "FORM", "utf8 as Erlang/OTP 26 and later write atoms (default), or latin1",
             CLI_TEXT, MEMBER(atoms), false},
        },
    [CLI_GROUP_SIGN] =
        {
            {"digest", "HEX", "sign this digest, 64 hex digits, instead of a file's", CLI_TEXT,
             MEMBER(digest), false},
            {"raw", NULL, "64 bytes r and s instead of DER", CLI_FLAG, MEMBER(raw), false},
        },
    [CLI_GROUP_SIGNER] =
        {
            {"signer-cert", "FILE", "certificate of the signer, PEM or DER", CLI_TEXT,
             MEMBER(signer_cert), true},
        },
    [CLI_GROUP_SIGNER_KEY] =
        {
            {"signer-key", "FILE", "key of the signer: a PEM file, or the PKCS#11 URI of an HSM's",
             CLI_TEXT, MEMBER(signer_key), true},
            {"key-passphrase-file", "FILE",
             "passphrase of an encrypted key file, its first line; default: ask", CLI_TEXT,
             MEMBER(key_passphrase_file), false},
        },
    [CLI_GROUP_SIGNER_KEY_TO_CHECK] =
        {
            {"signer-key", "FILE", "key of the signer, file or URI: checked, not used", CLI_TEXT,
             MEMBER(signer_key), false},
            {"key-passphrase-file", "FILE",
             "passphrase of an encrypted key file, its first line; default: ask", CLI_TEXT,
             MEMBER(key_passphrase_file), false},
        },
    [CLI_GROUP_SOFTWARE_SERIAL] =
        {
            {"serial", "TEXT",
             "the product's serial, 1 to 32 bytes; default: NAME without its folder", CLI_TEXT,
             MEMBER(serial), false},
        },
    [CLI_GROUP_STATION_CONFIG] =
        {
            {"config", "FILE", "the configuration (man nameplate-station)", CLI_TEXT,
             MEMBER(config), true},
        },
    [CLI_GROUP_STATION_REPORT] =
        {
            {"shift", "WHICH", "this or last, as the configuration has them; or today, yesterday",
             CLI_TEXT, MEMBER(shift), false},
            {"from", "TIME", "units that were finished from then on, as 2026-11-20", CLI_TIME,
             MEMBER(from), false},
            {"to", "TIME", "and before this", CLI_TIME, MEMBER(to_time), false},
        },
    [CLI_GROUP_STATION_RUN] =
        {
            {"once", NULL, "one unit in each bay; it must be there", CLI_FLAG, MEMBER(once), false},
            {"units", "N", "end after so many units of all bays", CLI_NUMBER, MEMBER(units), false},
            {"bay", "NAME", "this bay alone", CLI_TEXT, MEMBER(bay), false},
            {"serial", "TEXT", "the serial of the first unit, of one bay", CLI_TEXT, MEMBER(serial),
             false},
            {"operator", "NAME", "who works at the station, for the record", CLI_TEXT,
             MEMBER(operator_name), false},
        },
    [CLI_GROUP_STRICT] =
        {
            {"strict", NULL, "exit with 4 when there is nothing left to do", CLI_FLAG,
             MEMBER(strict), false},
        },
    [CLI_GROUP_TRACE] =
        {
            {"trace", NULL, "show all that passes on the wire on stderr", CLI_FLAG, MEMBER(trace),
             false},
        },
    [CLI_GROUP_TRUSTED_SIGNER] =
        {
            {"signer-cert", "FILE", "trust this signer, PEM or DER; default: the one on the chip",
             CLI_TEXT, MEMBER(signer_cert), false},
        },
    [CLI_GROUP_WAIT] =
        {
            {"wait", "SECONDS", "how long to wait for another process that has it; default: 10",
             CLI_NUMBER, MEMBER(wait), false},
        },
    [CLI_GROUP_YEARS] =
        {
            {"years", "N", "years of validity, 1 to 31; default: 1", CLI_NUMBER, MEMBER(years),
             false},
        },
};

const cli_option *cli_group_option_at(cli_group group, size_t index)
{
    return index <= GROUP_OPTIONS_MAX && groups[group][index].name != NULL ? &groups[group][index]
                                                                           : NULL;
}
