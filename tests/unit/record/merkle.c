/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expected values: the tree heads and audit paths that the tests of the Certificate Transparency
 * implementations share, for eight well-known leaves; RFC 6962 section 2.1.3 for which nodes a
 * path has; and the recursive definition of section 2.1 for every size up to 130.
 */
#include "record/merkle.h"
#include "base/bytes.h"
#include "support/test.h"
#include "support/vectors.h"

enum { LEAVES = 8, SIZES = 130 };

static const char *const leaf_texts[LEAVES] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};

static const char *const root_texts[LEAVES + 1] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static np_record_hash leaf(size_t index)
{
    uint8_t bytes[16];
    size_t len = vector_hex_any(leaf_texts[index], bytes, sizeof(bytes));
    return np_record_leaf_hash(np_bytes_of(bytes, len));
}

static void assert_hash(const np_record_hash *hash, const char *text)
{
    uint8_t wanted[NP_RECORD_HASH_SIZE];
    vector_hex(text, wanted, sizeof(wanted));
    assert_memory_equal(hash->bytes, wanted, sizeof(wanted));
}

static void roots_of_the_transparency_test_leaves_are_the_published_ones(void **state)
{
    (void)state;
    np_record_tree tree = {0};
    for (size_t count = 0;; count++) {
        np_record_hash root = np_record_tree_root(&tree);
        assert_hash(&root, root_texts[count]);
        if (count == LEAVES) {
            return;
        }
        np_record_hash next = leaf(count);
        np_record_tree_add(&tree, &next);
    }
}

typedef struct path_case {
    size_t index;
    size_t count;
    const char *nodes[4];
} path_case;

static const path_case paths[] = {
    {0, 1, {NULL}},
    {0,
     8,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4", NULL}},
    {5,
     8,
     {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", NULL}},
    {2, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", NULL}},
    {1,
     5,
     {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", NULL}},
};

static void audit_paths_are_the_published_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(paths); i++) {
        np_record_tree tree = {0};
        np_record_path path = {.len = 0};
        for (size_t at = 0; at < paths[i].count; at++) {
            np_record_hash next = leaf(at);
            if (at == paths[i].index) {
                np_record_tree_watch(&tree, &next, &path);
            } else {
                np_record_tree_add(&tree, &next);
            }
        }
        np_record_hash root = np_record_tree_root(&tree);
        assert_hash(&root, root_texts[paths[i].count]);
        size_t len = 0;
        for (; paths[i].nodes[len] != NULL; len++) {
            assert_true(len < path.len);
            assert_hash(&path.nodes[len], paths[i].nodes[len]);
        }
        assert_int_equal(path.len, len);
    }
}

/* MTH of section 2.1, by its recursion. */
static np_record_hash recursive_root(const np_record_hash *leaves, size_t count)
{
    uint8_t joined[1 + 2 * NP_RECORD_HASH_SIZE] = {0x01};
    np_record_hash root;
    if (count == 1) {
        return leaves[0];
    }
    size_t left = 1;
    while (left * 2 < count) {
        left *= 2;
    }
    np_record_hash halves[2] = {recursive_root(leaves, left),
                                recursive_root(leaves + left, count - left)};
    memcpy(joined + 1, halves, sizeof(halves));
    np_sha256(NP_BYTES(joined), root.bytes);
    return root;
}

static void check_paths_of_size(const np_record_hash *leaves, size_t count)
{
    np_record_hash wanted = recursive_root(leaves, count);
    for (size_t index = 0; index < count; index++) {
        np_record_tree tree = {0};
        np_record_path path = {.len = 0};
        np_record_hash root;
        for (size_t at = 0; at < count; at++) {
            if (at == index) {
                np_record_tree_watch(&tree, &leaves[at], &path);
            } else {
                np_record_tree_add(&tree, &leaves[at]);
            }
        }
        root = np_record_tree_root(&tree);
        assert_memory_equal(&root, &wanted, sizeof(root));
        assert_true(np_record_path_root(&path, &leaves[index], index, count, &root));
        assert_memory_equal(&root, &wanted, sizeof(root));
        /* another leaf, another place, another size or another length: not this root */
        np_record_hash other = leaves[index];
        other.bytes[0] ^= 1;
        assert_true(np_record_path_root(&path, &other, index, count, &root));
        assert_memory_not_equal(&root, &wanted, sizeof(root));
        bool leads = np_record_path_root(&path, &leaves[index], (index + 1) % count, count, &root);
        assert_true(count == 1 || !leads || memcmp(&root, &wanted, sizeof(root)) != 0);
        assert_false(np_record_path_root(&path, &leaves[index], count, count, &root));
        path.len++;
        assert_false(np_record_path_root(&path, &leaves[index], index, count, &root));
        path.len -= path.len > 1 ? 2 : 1;
        assert_true(count == 1 || !np_record_path_root(&path, &leaves[index], index, count, &root));
    }
}

static void every_path_of_every_size_leads_to_the_root_and_to_nothing_else(void **state)
{
    (void)state;
    np_record_hash leaves[SIZES];
    for (size_t i = 0; i < SIZES; i++) {
        uint8_t name = (uint8_t)i;
        leaves[i] = np_record_leaf_hash(np_bytes_of(&name, 1));
    }
    for (size_t count = 1; count <= SIZES; count++) {
        check_paths_of_size(leaves, count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_of_the_transparency_test_leaves_are_the_published_ones),
        cmocka_unit_test(audit_paths_are_the_published_ones),
        cmocka_unit_test(every_path_of_every_size_leads_to_the_root_and_to_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
