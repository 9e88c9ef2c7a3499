/* SPDX-License-Identifier: Apache-2.0 */
#include "record/merkle.h"

#include "base/bytes.h"

static const uint8_t leaf_prefix[] = {0x00};
static const uint8_t node_prefix[] = {0x01};

np_record_hash np_record_leaf_hash(np_bytes data)
{
    np_record_hash hash;
    const np_bytes parts[] = {NP_BYTES(leaf_prefix), data};
    np_sha256_parts(parts, NP_COUNT_OF(parts), hash.bytes);
    return hash;
}

static np_record_hash hash_node(const np_record_hash *left, const np_record_hash *right)
{
    np_record_hash hash;
    const np_bytes parts[] = {NP_BYTES(node_prefix), NP_BYTES(left->bytes), NP_BYTES(right->bytes)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), hash.bytes);
    return hash;
}

/* Joins the last two subtrees; what is beside the watched one becomes part of its path. */
static void join_last(np_record_tree *tree)
{
    size_t right = tree->subtree_count - 1;
    size_t left = right - 1;
    if (tree->path != NULL && tree->watched_subtree >= left) {
        size_t sibling = tree->watched_subtree == left ? right : left;
        tree->path->nodes[tree->path->len++] = tree->subtrees[sibling];
        tree->watched_subtree = left;
    }
    tree->subtrees[left] = hash_node(&tree->subtrees[left], &tree->subtrees[right]);
    tree->subtree_count--;
}

void np_record_tree_add(np_record_tree *tree, const np_record_hash *leaf)
{
    tree->subtrees[tree->subtree_count++] = *leaf;
    /* Two subtrees of one size become one, as a carry runs through the bits of the count. */
    for (uint64_t bits = tree->count++; (bits & 1) != 0; bits >>= 1) {
        join_last(tree);
    }
}

void np_record_tree_watch(np_record_tree *tree, const np_record_hash *leaf, np_record_path *path)
{
    path->len = 0;
    tree->path = path;
    tree->watched_subtree = tree->subtree_count;
    np_record_tree_add(tree, leaf);
}

np_record_hash np_record_tree_root(np_record_tree *tree)
{
    if (tree->count == 0) {
        np_record_hash empty;
        np_sha256((np_bytes){NULL, 0}, empty.bytes);
        return empty;
    }
    np_record_tree rest = *tree;
    while (rest.subtree_count > 1) {
        join_last(&rest);
    }
    return rest.subtrees[0];
}

bool np_record_path_root(const np_record_path *path, const np_record_hash *leaf, uint64_t index,
                         uint64_t count, np_record_hash *ret_root)
{
    if (index >= count) {
        return false;
    }
    uint64_t last = count - 1;
    np_record_hash hash = *leaf;
    for (size_t i = 0; i < path->len; i++) {
        if (last == 0) {
            return false;
        }
        bool is_right = (index & 1) != 0 || index == last;
        hash = is_right ? hash_node(&path->nodes[i], &hash) : hash_node(&hash, &path->nodes[i]);
        /* On the right edge a subtree without a sibling moves up as it is. */
        while (is_right && (index & 1) == 0 && index != 0) {
            index >>= 1;
            last >>= 1;
        }
        index >>= 1;
        last >>= 1;
    }
    *ret_root = hash;
    return last == 0;
}
