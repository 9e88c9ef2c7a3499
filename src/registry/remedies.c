/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/remedies.h"

static const np_remedy_row rows[NP_REMEDY_COUNT] = {
    [NP_REMEDY_NONE] = {"none", "", ""},
    [NP_REMEDY_REGISTER_CA] =
        {"register_ca", "Register the CA",
         "If the device is yours, register the CA that signed its certificate. From then on every "
         "device with a certificate of that CA is judged as one of that organisation."},
    [NP_REMEDY_COMPARE_CA] =
        {"compare_ca", "Compare the CA's keys",
         "A registered CA has this name and another key. If the CA was made again under its name, "
         "register the new one beside the old one. If it was not, somebody imitates it: the device "
         "is not yours."},
    [NP_REMEDY_RENEW_CA] =
        {"renew_ca", "Register the renewed CA",
         "The CA has expired, and it is registered so that nobody new comes in then. Register its "
         "renewed certificate, or register it without the check of its expiry. Devices that are on "
         "record stay welcome in any case."},
    [NP_REMEDY_SETTLE_OWNER] =
        {"settle_owner", "Settle whose CA it is",
         "Several organisations have registered the CA that signed this certificate, and nobody "
         "can tell whose the device is. All but one have to remove it."},
    [NP_REMEDY_RENEW] =
        {"renew", "Renew the certificate",
         "Issue the device a certificate with new dates for the key that it has. It comes in with "
         "it at once; nothing has to be changed here."},
    [NP_REMEDY_REISSUE] =
        {"reissue", "Issue another certificate",
         "This certificate can let nobody in as it is. Correct the profile that it was issued by, "
         "and issue the device another one."},
    [NP_REMEDY_CHECK_CLOCKS] =
        {"check_clocks", "Compare the clocks",
         "The signer's or the device's clock and this server's do not agree. Set the one that is "
         "wrong; the device comes in by itself then."},
    [NP_REMEDY_CORRECT_CLIENT] =
        {"correct_client", "Correct the client",
         "The device has presented something that is no identity of a device. Configure its client "
         "to present its own certificate first, the signer's behind it."},
    [NP_REMEDY_UNBLOCK] =
        {"unblock", "Unblock the device",
         "Somebody has blocked or deleted this device. If that was a mistake, unblock it: it comes "
         "in again with the keys and certificates that are on record."},
    [NP_REMEDY_ANNOUNCE] =
        {"announce", "Announce the device",
         "Its CA is registered, but may not create devices. Announce this one by its identifier, "
         "and it registers itself at its next try; or register the CA so that it creates them."},
    [NP_REMEDY_MOVE] =
        {"move", "Move the device",
         "The key is on record for a device of another organisation. If the device has changed "
         "hands, its owner moves it here, with its keys and certificates."},
    [NP_REMEDY_REKEY_WINDOW] =
        {"rekey_window", "Open a rekey window",
         "A device of this identifier is on record with another key. If its board or chip was "
         "replaced, open a rekey window: until it closes, the next new key comes in, once. If it "
         "was not, somebody uses its name."},
    [NP_REMEDY_RAISE_LIMIT] =
        {"raise_limit", "Raise the limit",
         "The CA has created as many devices as it may, or the device has as many certificates as "
         "it may have. Raise that limit if the number is right."},
    [NP_REMEDY_CHECK_SECRET] =
        {"check_secret", "Check the shared secret",
         "Compare the key and the secret that the device's client has with those of its product."},
    [NP_REMEDY_WAIT] =
        {"wait", "See to the registry",
         "The database could not be asked. Nothing is lost: the device comes in at a later try."},
};

static const np_remedy of_reasons[NP_REASON_COUNT] = {
    [NP_REASON_NO_CERTIFICATE] = NP_REMEDY_CORRECT_CLIENT,
    [NP_REASON_MALFORMED] = NP_REMEDY_REISSUE,
    [NP_REASON_WEAK_KEY] = NP_REMEDY_REISSUE,
    [NP_REASON_CA_AS_LEAF] = NP_REMEDY_CORRECT_CLIENT,
    [NP_REASON_OWNERSHIP_PROOF] = NP_REMEDY_CORRECT_CLIENT,
    [NP_REASON_WRONG_EKU] = NP_REMEDY_REISSUE,
    [NP_REASON_CRITICAL_EXTENSION] = NP_REMEDY_REISSUE,
    [NP_REASON_CERT_EXPIRED] = NP_REMEDY_RENEW,
    [NP_REASON_CERT_NOT_YET_VALID] = NP_REMEDY_CHECK_CLOCKS,
    [NP_REASON_MISSING_IDENTIFIER] = NP_REMEDY_REISSUE,
    [NP_REASON_UNKNOWN_CA] = NP_REMEDY_REGISTER_CA,
    [NP_REASON_AMBIGUOUS_CA] = NP_REMEDY_SETTLE_OWNER,
    [NP_REASON_BAD_SIGNATURE] = NP_REMEDY_COMPARE_CA,
    [NP_REASON_NOT_A_CA] = NP_REMEDY_REISSUE,
    [NP_REASON_CA_EXPIRED] = NP_REMEDY_RENEW_CA,
    [NP_REASON_BLOCKED] = NP_REMEDY_UNBLOCK,
    [NP_REASON_DEVICE_DELETED] = NP_REMEDY_UNBLOCK,
    [NP_REASON_DEVICE_NOT_REGISTERED] = NP_REMEDY_ANNOUNCE,
    [NP_REASON_MISMATCHED_CN] = NP_REMEDY_REISSUE,
    [NP_REASON_MISMATCHED_ORG] = NP_REMEDY_MOVE,
    [NP_REASON_UNEXPECTED_PUBKEY] = NP_REMEDY_REKEY_WINDOW,
    [NP_REASON_LIMIT] = NP_REMEDY_RAISE_LIMIT,
    [NP_REASON_STORAGE_UNAVAILABLE] = NP_REMEDY_WAIT,
    [NP_REASON_NH1_DISABLED] = NP_REMEDY_CHECK_SECRET,
    [NP_REASON_NH1_MALFORMED] = NP_REMEDY_CORRECT_CLIENT,
    [NP_REASON_NH1_COST] = NP_REMEDY_CORRECT_CLIENT,
    [NP_REASON_NH1_UNKNOWN_KEY] = NP_REMEDY_CHECK_SECRET,
    [NP_REASON_NH1_BAD_SIGNATURE] = NP_REMEDY_CHECK_SECRET,
    [NP_REASON_NH1_TIME] = NP_REMEDY_CHECK_CLOCKS,
    [NP_REASON_NH1_IDENTIFIER] = NP_REMEDY_CHECK_SECRET,
    [NP_REASON_NH1_REPLAYED] = NP_REMEDY_CORRECT_CLIENT,
};

np_remedy np_remedy_of(np_reason reason)
{
    return (unsigned)reason < NP_REASON_COUNT ? of_reasons[reason] : NP_REMEDY_NONE;
}

const np_remedy_row *np_remedy_at(np_remedy remedy)
{
    return &rows[(unsigned)remedy < NP_REMEDY_COUNT ? remedy : NP_REMEDY_NONE];
}
