/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/explain.h"

#include "base/format.h"

enum {
    KEY_TYPE_SHIFT = 2,
    KEY_TYPE_P256 = 4,
    KEY_TYPE_AES = 6,
    KEY_TYPE_OTHER = 7,
    KEY_DISABLED_WITHOUT_LATCH = 0x1000, /* 508A: intrusion latch; 608: persistent latch */
    NIBBLE = 0x0f,
    AUTH_KEY_SHIFT = 8,
    WRITE_KEY_SHIFT = 8,
    FIRST_LARGE_SLOT = 8, /* the smaller ones have no room for a public key */
};

/* WriteConfig, the four bits as in specs of the chip 3.4. */
enum {
    WRITE_INVALIDATES = 0x1,
    WRITE_DERIVES_FROM_PARENT = 0x1,
    WRITE_DERIVES = 0x2,
    WRITE_ENCRYPTED = 0x4,
    WRITE_NEVER_OR_MAC = 0x8,
};

/* ReadKey of a private key. */
enum { SIGNS_EXTERNAL = 0x1, SIGNS_INTERNAL = 0x2, DOES_ECDH = 0x4, ECDH_TO_NEXT_SLOT = 0x8 };

typedef struct slot_bits {
    uint16_t slot_config;
    uint16_t key_config;
    unsigned slot;
    bool is_608;
    bool is_data_open;
} slot_bits;

/* A list of phrases in one text, one behind the other; what has no room is left out whole. */
typedef struct phrases {
    char *text;
    size_t len;
} phrases;

static phrases phrases_in(char text[NP_SLOT_WORDS_SIZE])
{
    text[0] = '\0';
    return (phrases){.text = text};
}

static void add(phrases *list, const char *format, unsigned number)
{
    char phrase[NP_SLOT_WORDS_SIZE];
    np_format(phrase, sizeof(phrase), "%s", list->len > 0 ? "; " : "");
    size_t begin = strlen(phrase);
    /* the formats are this file's own; those without a number ignore it */
    size_t length = begin;
    for (const char *at = format; *at != '\0' && length < sizeof(phrase) - 4; at++) {
        if (*at == '#') {
            length += np_format(phrase + length, sizeof(phrase) - length, "%u", number);
        } else {
            phrase[length++] = *at;
        }
    }
    if (list->len + length < NP_SLOT_WORDS_SIZE) {
        memcpy(list->text + list->len, phrase, length);
        list->len += length;
        list->text[list->len] = '\0';
    }
}

static void add_if(phrases *list, bool condition, const char *format, unsigned number)
{
    if (condition) {
        add(list, format, number);
    }
}

static bool is_private(const slot_bits *bits)
{
    return (bits->key_config & NP_KEY_PRIVATE) != 0;
}

static unsigned key_type(const slot_bits *bits)
{
    return (bits->key_config & NP_KEY_TYPE_MASK) >> KEY_TYPE_SHIFT;
}

static bool is_secret(const slot_bits *bits)
{
    return (bits->slot_config & NP_SLOT_IS_SECRET) != 0;
}

static const char *type_words(const slot_bits *bits)
{
    unsigned type = key_type(bits);
    if (is_private(bits)) {
        return type == KEY_TYPE_P256 ? "private key, P-256" : "private key of an unknown type";
    }
    if (type == KEY_TYPE_P256) {
        bool needs_validation = (bits->key_config & NP_KEY_PUB_INFO) != 0;
        return needs_validation ? "public key, P-256, to be validated before use"
                                : "public key, P-256";
    }
    if (type == KEY_TYPE_AES && bits->is_608) {
        return "AES key";
    }
    if (type == KEY_TYPE_OTHER) {
        return is_secret(bits) ? "secret" : "data";
    }
    return "key of an unknown type";
}

static void explain_read(const slot_bits *bits, char *ret)
{
    phrases list = phrases_in(ret);
    bool is_encrypted = (bits->slot_config & NP_SLOT_ENCRYPT_READ) != 0;
    if (is_private(bits) || is_secret(bits) != is_encrypted) {
        add(&list, "nobody", 0);
    } else if (is_encrypted) {
        add(&list, "whoever knows the key in slot #, encrypted",
            bits->slot_config & NP_SLOT_READ_KEY_MASK);
    } else {
        add(&list, "anybody", 0);
    }
    add_if(&list, bits->is_data_open, "nobody before the data zone is locked", 0);
}

static void explain_derivation(const slot_bits *bits, unsigned write, phrases *list)
{
    unsigned parent = bits->slot_config >> WRITE_KEY_SHIFT & NIBBLE;
    const char *mac = (write & WRITE_NEVER_OR_MAC) != 0 ? ", with a MAC" : "";
    char format[80];
    if (is_private(bits)) {
        add(list, "GenKey may put a new key there", 0);
        return;
    }
    bool from_parent = (write & WRITE_DERIVES_FROM_PARENT) != 0;
    np_format(format, sizeof(format), "%s%s",
              from_parent ? "DeriveKey may make it from the key in slot #"
                          : "DeriveKey may roll it on",
              mac);
    add(list, format, parent);
}

/* The rule that holds once the data zone is locked, slot locks left aside. */
static void explain_rule(const slot_bits *bits, phrases *list)
{
    unsigned write = bits->slot_config >> NP_SLOT_WRITE_CONFIG_SHIFT;
    unsigned key = bits->slot_config >> WRITE_KEY_SHIFT & NIBBLE;
    bool derives = (write & WRITE_DERIVES) != 0;
    if ((write & WRITE_ENCRYPTED) != 0) {
        add(list, "whoever knows the key in slot #, encrypted", key);
    } else if (derives || (write & WRITE_NEVER_OR_MAC) != 0 || is_private(bits)) {
        add_if(list, !derives || !is_private(bits), "nobody", 0);
    } else {
        add(list, "anybody", 0);
        add_if(list, (write & WRITE_INVALIDATES) != 0, "a validated key may be invalidated", 0);
    }
    if (derives) {
        explain_derivation(bits, write, list);
    }
}

static void explain_write(const slot_bits *bits, bool is_locked, char *ret)
{
    phrases list = phrases_in(ret);
    if (is_locked) {
        add(&list, "nobody, the slot is locked", 0);
        return;
    }
    explain_rule(bits, &list);
    add_if(&list, bits->is_data_open, "anybody before the data zone is locked", 0);
}

static void explain_private_use(const slot_bits *bits, phrases *list)
{
    unsigned rights = bits->slot_config & NP_SLOT_READ_KEY_MASK;
    add_if(list, (rights & SIGNS_EXTERNAL) != 0, "signs digests from outside", 0);
    add_if(list, (rights & SIGNS_INTERNAL) != 0, "signs what the chip itself has made", 0);
    if ((rights & DOES_ECDH) != 0) {
        bool is_hidden = (rights & ECDH_TO_NEXT_SLOT) != 0;
        add(list, is_hidden ? "ECDH, the result goes to slot #" : "ECDH, the result is given out",
            bits->slot | 1);
    }
    add_if(list, (bits->key_config & NP_KEY_PUB_INFO) != 0, "its public key may be asked for", 0);
}

static void explain_other_use(const slot_bits *bits, phrases *list)
{
    unsigned type = key_type(bits);
    if (type == KEY_TYPE_P256 && bits->slot >= FIRST_LARGE_SLOT) {
        bool needs_validation = (bits->key_config & NP_KEY_PUB_INFO) != 0;
        add(list,
            needs_validation ? "checks signatures, once the key in slot # has validated it"
                             : "checks signatures",
            bits->slot_config & NP_SLOT_READ_KEY_MASK);
    } else if (type == KEY_TYPE_AES && bits->is_608) {
        add(list, "encrypts and decrypts", 0);
    } else if (is_secret(bits)) {
        bool has_no_mac = (bits->slot_config & NP_SLOT_NO_MAC) != 0;
        add(list,
            has_no_mac ? "proves knowledge of a secret, but not with MAC"
                       : "proves knowledge of a secret",
            0);
    } else {
        add(list, "is stored", 0);
    }
}

static void explain_use(const slot_bits *bits, char *ret)
{
    phrases list = phrases_in(ret);
    if (is_private(bits)) {
        explain_private_use(bits, &list);
    } else {
        explain_other_use(bits, &list);
    }
    add_if(&list, (bits->slot_config & NP_SLOT_LIMITED_USE) != 0, "uses are counted and limited",
           0);
    add_if(&list, (bits->key_config & NP_KEY_REQ_RANDOM) != 0, "needs a random nonce", 0);
    add_if(&list, (bits->key_config & NP_KEY_REQ_AUTH) != 0,
           "needs authorisation by the key in slot #", bits->key_config >> AUTH_KEY_SHIFT & NIBBLE);
    add_if(&list, (bits->key_config & KEY_DISABLED_WITHOUT_LATCH) != 0,
           bits->is_608 ? "only while the persistent latch is set"
                        : "only while the intrusion latch is set",
           0);
}

void np_slot_explain(const uint8_t config[static NP_ATECC_CONFIG_SIZE], np_atecc_model model,
                     unsigned slot, np_slot_words *ret)
{
    slot_bits bits = {
        .slot_config = np_config_slot_config(config, slot),
        .key_config = np_config_key_config(config, slot),
        .slot = slot,
        .is_608 = model != NP_ATECC508A,
        .is_data_open = config[NP_CONFIG_LOCK_VALUE] == NP_ATECC_UNLOCKED,
    };
    *ret = (np_slot_words){
        .is_locked = np_config_slot_is_locked(config, slot),
        .is_lockable = (bits.key_config & NP_KEY_LOCKABLE) != 0,
        .type = type_words(&bits),
    };
    explain_read(&bits, ret->read);
    explain_write(&bits, ret->is_locked, ret->write);
    explain_use(&bits, ret->use);
}
