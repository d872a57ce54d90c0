/* A hash table from a small key of integers to an integer, a hash index of an array, and a growing
 * array: what the fuse pass memoises with. All are compact: on a large model the time is that of
 * the memory. */

#ifndef ADDNORM_PASSES_FUSE_TABLE_H
#define ADDNORM_PASSES_FUSE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TableKey {
  uint64_t a;
  uint32_t b, c;
} TableKey;

typedef struct Table {
  struct TableSlot *slots;
  size_t capacity; /* a power of two, or 0 */
  size_t count;
} Table;

static inline TableKey tableKeyOf(const void *pointer) {
  return (TableKey){(uint64_t)(uintptr_t)pointer, 0, 0};
}

/* The value at `key`, or 0 when there is none. */
int32_t tableGet(const Table *table, TableKey key);
/* Sets the value at `key`; `value` is not 0. */
void tableSet(Table *table, TableKey key, int32_t value);
void tableFree(Table *table);

/* Finds elements of an array of the caller's by a hash of them. */
typedef struct HashIndex {
  struct HashIndexSlot *slots;
  size_t capacity; /* a power of two, or 0 */
  size_t count;
} HashIndex;

/* Steps through the elements that may have this hash; `*cursor` starts at it. 0 after the last. */
int32_t hashIndexNext(const HashIndex *index, uint32_t hash, size_t *cursor);
/* Adds an element that is not 0. */
void hashIndexAdd(HashIndex *index, uint32_t hash, int32_t element);
void hashIndexFree(HashIndex *index);

static inline uint64_t hashMix(uint64_t h, uint64_t x) {
  h = (h ^ x) * 0x9e3779b97f4a7c15u;
  return h ^ (h >> 32);
}

/* Makes room for `count` elements of `size` bytes in `*array`, doubling `*capacity`. Ends the
 * process when memory runs out, as MLIR itself does. */
void arrayReserve(void **array, size_t *capacity, size_t count, size_t size);

#endif /* ADDNORM_PASSES_FUSE_TABLE_H */
