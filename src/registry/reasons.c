/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/reasons.h"

#define ADMITTED(name, sentence)                                                                   \
    {                                                                                              \
        name, true, NP_ALERT_NONE, sentence, NULL                                                  \
    }

/* Names and alerts: specs of nerveshub 7. Before TLS is over, an alert is all that a device sees.
 */
static const np_reason_row rows[NP_REASON_COUNT] = {
    [NP_REASON_KNOWN] = ADMITTED("known", "this certificate is on record"),
    [NP_REASON_RENEWED] = ADMITTED("renewed", "a new certificate for a key that is on record"),
    [NP_REASON_REGISTERED] =
        ADMITTED("registered", "the first certificate of a device that was announced"),
    [NP_REASON_REKEYED] = ADMITTED("rekeyed", "a new key, which an operator allowed"),
    [NP_REASON_JITP_CREATED] =
        ADMITTED("jitp_created", "a device that its CA may create at its first connection"),
    [NP_REASON_NO_CERTIFICATE] = {"no_certificate", false, NP_ALERT_HANDSHAKE_FAILURE,
                                  "the device presented no certificate",
                                  "give the client its certificate and key"},
    [NP_REASON_MALFORMED] = {"malformed", false, NP_ALERT_BAD_CERTIFICATE,
                             "the certificate is not X.509 in strict DER",
                             "issue the device another certificate"},
    [NP_REASON_WEAK_KEY] =
        {"weak_key", false, NP_ALERT_UNSUPPORTED_CERTIFICATE,
         "the key has less than 112 bits of strength, or a kind that cannot sign",
         "give the device a key of P-256 or RSA 2048 or more"},
    [NP_REASON_CA_AS_LEAF] = {"ca_as_leaf", false, NP_ALERT_BAD_CERTIFICATE,
                              "the certificate is that of a CA, and no device's",
                              "let the client present the device's own certificate first"},
    [NP_REASON_OWNERSHIP_PROOF] =
        {"ownership_proof", false, NP_ALERT_BAD_CERTIFICATE,
         "the certificate is a proof of ownership of a CA, and no device's",
         "use it with `registry ca add --proof`"},
    [NP_REASON_WRONG_EKU] = {"wrong_eku", false, NP_ALERT_UNSUPPORTED_CERTIFICATE,
                             "the certificate is not for TLS clients (its key usages say so)",
                             "issue it with clientAuth and digitalSignature"},
    [NP_REASON_CRITICAL_EXTENSION] = {"critical_extension", false, NP_ALERT_UNSUPPORTED_CERTIFICATE,
                                      "a critical extension of the certificate is not known",
                                      "issue it without, or not marked critical"},
    [NP_REASON_CERT_EXPIRED] = {"cert_expired", false, NP_ALERT_CERTIFICATE_EXPIRED,
                                "the device's certificate has expired",
                                "issue the device another certificate for the same key"},
    [NP_REASON_CERT_NOT_YET_VALID] = {"cert_not_yet_valid", false, NP_ALERT_CERTIFICATE_EXPIRED,
                                      "the device's certificate is not valid yet",
                                      "compare the clocks of the signer and of this server"},
    [NP_REASON_MISSING_IDENTIFIER] = {"missing_identifier", false, NP_ALERT_BAD_CERTIFICATE,
                                      "the certificate has no identifier where its CA's devices do",
                                      "see which source `registry ca show` names"},
    [NP_REASON_UNKNOWN_CA] = {"unknown_ca", false, NP_ALERT_UNKNOWN_CA,
                              "no registered CA has signed the certificate",
                              "register the CA with `registry ca add`"},
    [NP_REASON_AMBIGUOUS_CA] = {"ambiguous_ca", false, NP_ALERT_UNKNOWN_CA,
                                "several organisations have registered the CA that signed it",
                                "let all but one of them remove it"},
    [NP_REASON_BAD_SIGNATURE] = {"bad_signature", false, NP_ALERT_BAD_CERTIFICATE,
                                 "the signature is not of the CA that the certificate names",
                                 "see whether the CA was made again under the same name"},
    [NP_REASON_NOT_A_CA] = {"not_a_ca", false, NP_ALERT_UNKNOWN_CA,
                            "a certificate in the chain may not sign another one",
                            "sign with a CA whose basicConstraints and keyUsage allow it"},
    [NP_REASON_CA_EXPIRED] = {"ca_expired", false, NP_ALERT_CERTIFICATE_EXPIRED,
                              "the CA has expired, and it is registered to be checked for that",
                              "register the renewed CA, or allow the expired one"},
    [NP_REASON_BLOCKED] = {"blocked", false, NP_ALERT_CERTIFICATE_REVOKED,
                           "the device, its key or its certificate is blocked",
                           "`registry device unblock` if that was a mistake"},
    [NP_REASON_DEVICE_DELETED] = {"device_deleted", false, NP_ALERT_HANDSHAKE_FAILURE,
                                  "the device was deleted", "create it again to let it in"},
    [NP_REASON_DEVICE_NOT_REGISTERED] =
        {"device_not_registered", false, NP_ALERT_HANDSHAKE_FAILURE,
         "the CA is known, the device is not",
         "create the device, or let the CA create devices (--jitp)"},
    [NP_REASON_MISMATCHED_CN] = {"mismatched_cn", false, NP_ALERT_HANDSHAKE_FAILURE,
                                 "the key is on record for a device with another identifier",
                                 "issue the certificate with the device's identifier"},
    [NP_REASON_MISMATCHED_ORG] = {"mismatched_org", false, NP_ALERT_HANDSHAKE_FAILURE,
                                  "the key is on record for a device of another organisation",
                                  "`registry device move` if it has changed hands"},
    [NP_REASON_UNEXPECTED_PUBKEY] = {"unexpected_pubkey", false, NP_ALERT_HANDSHAKE_FAILURE,
                                     "the device is on record with another key",
                                     "`registry device rekey-window` if its key was replaced"},
    [NP_REASON_LIMIT] = {"limit", false, NP_ALERT_HANDSHAKE_FAILURE,
                         "a limit of devices, or of certificates a device, is reached",
                         "raise the limit, or remove what is not used any more"},
    [NP_REASON_STORAGE_UNAVAILABLE] = {"storage_unavailable", false, NP_ALERT_INTERNAL_ERROR,
                                       "the registry cannot be asked at this moment",
                                       "see the server's log; the device will try again"},
    [NP_REASON_NH1_DISABLED] = {"nh1_disabled", false, NP_ALERT_HANDSHAKE_FAILURE,
                                "shared secrets are switched off",
                                "give the device a certificate, or switch them on"},
    [NP_REASON_NH1_MALFORMED] = {"nh1_malformed", false, NP_ALERT_HANDSHAKE_FAILURE,
                                 "the headers of the shared secret are not as they should be",
                                 "update the device's client"},
    [NP_REASON_NH1_COST] = {"nh1_cost", false, NP_ALERT_HANDSHAKE_FAILURE,
                            "the device asks for fewer or more iterations than are allowed",
                            "configure its client with 1000 iterations and 32 bytes"},
    [NP_REASON_NH1_UNKNOWN_KEY] = {"nh1_unknown_key", false, NP_ALERT_HANDSHAKE_FAILURE,
                                   "no shared secret has this name",
                                   "compare the client's key with the product's"},
    [NP_REASON_NH1_BAD_SIGNATURE] = {"nh1_bad_signature", false, NP_ALERT_HANDSHAKE_FAILURE,
                                     "the device does not know the secret",
                                     "compare the client's secret with the product's"},
    [NP_REASON_NH1_TIME] = {"nh1_time", false, NP_ALERT_HANDSHAKE_FAILURE,
                            "the request is too old, or from the future",
                            "let the client set its clock by the Date of the answer"},
    [NP_REASON_NH1_IDENTIFIER] = {"nh1_identifier", false, NP_ALERT_HANDSHAKE_FAILURE,
                                  "the secret is not that of the device that was named",
                                  "give each device its own secret"},
    [NP_REASON_NH1_REPLAYED] = {"nh1_replayed", false, NP_ALERT_HANDSHAKE_FAILURE,
                                "this request has come in before",
                                "let the client sign each request anew"},
};

const np_reason_row *np_reason_at(np_reason reason)
{
    bool is_known = (unsigned)reason < NP_REASON_COUNT;
    return &rows[is_known ? reason : NP_REASON_STORAGE_UNAVAILABLE];
}

np_reason np_reason_find(np_bytes name)
{
    np_reason found = NP_REASON_KNOWN;
    while (found < NP_REASON_COUNT && !np_bytes_equal(name, np_bytes_text(rows[found].name))) {
        found++;
    }
    return found;
}
