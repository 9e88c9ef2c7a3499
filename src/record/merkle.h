/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Merkle tree of RFC 6962 section 2.1 with SHA-256, built leaf by leaf in constant memory, and
 * the audit path of one leaf on the way. Leaves and nodes are hashed with different first bytes,
 * so that neither can stand for the other.
 */
#pragma once

#include "crypto/hash.h"
#include <stdbool.h>

enum { NP_RECORD_HASH_SIZE = NP_SHA256_SIZE, NP_RECORD_LEVELS_MAX = 64 };

typedef struct np_record_hash {
    uint8_t bytes[NP_RECORD_HASH_SIZE];
} np_record_hash;

/* From the leaf's sibling up to the root's child. */
typedef struct np_record_path {
    np_record_hash nodes[NP_RECORD_LEVELS_MAX];
    size_t len;
} np_record_path;

/* All zero: the empty tree. One complete subtree for each bit of count, the largest first. */
typedef struct np_record_tree {
    uint64_t count;
    np_record_hash subtrees[NP_RECORD_LEVELS_MAX];
    size_t subtree_count;
    np_record_path *path;   /* NULL unless a leaf is watched */
    size_t watched_subtree; /* which of them holds the watched leaf */
} np_record_tree;

/* SHA-256(00 | data) */
np_record_hash np_record_leaf_hash(np_bytes data);

void np_record_tree_add(np_record_tree *tree, const np_record_hash *leaf);

/* Adds the leaf whose path is asked for; the path is the caller's, complete after the root. */
void np_record_tree_watch(np_record_tree *tree, const np_record_hash *leaf, np_record_path *path);

/* Completes the watched leaf's path: to be called once then. Of the empty tree: SHA-256(""). */
np_record_hash np_record_tree_root(np_record_tree *tree);

/*
 * The root that the path leads to from leaf number index of count; false when a path of this
 * length cannot belong there (RFC 9162 section 2.1.3.2).
 */
bool np_record_path_root(const np_record_path *path, const np_record_hash *leaf, uint64_t index,
                         uint64_t count, np_record_hash *ret_root);
