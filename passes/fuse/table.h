/* A hash table from a small key of integers to an integer, a hash index of an array, and a growing
 * array: what the fuse pass memoises with. All are compact: on a large model the time is that of
 * the memory. */

#ifndef ADDNORM_PASSES_FUSE_TABLE_H
#define ADDNORM_PASSES_FUSE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys whose `whole` differs in its lower 9 bits only lie near each other in the table, so that a
 * walk over the program stays in the cache. */
typedef struct TableKey {
  uint64_t whole;
  int32_t part;
} TableKey;

typedef struct Table {
  struct TableSlot *slots;
  size_t capacity; /* a power of two, or 0 */
  size_t count;
} Table;

static inline TableKey tableKey(const void *pointer, int32_t part) {
  return (TableKey){(uint64_t)(uintptr_t)pointer >> 3, part};
}
static inline TableKey tableKeyOf(const void *pointer) { return tableKey(pointer, 0); }
static inline TableKey tableKeyOfNumber(int32_t number, int32_t part) {
  return (TableKey){(uint64_t)number << 9, part};
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

/* A hash by which things of one neighbourhood lie near each other in a table. */
static inline uint32_t hashNear(uint64_t neighbourhood, uint64_t hash) {
  return (uint32_t)((hashMix(0, neighbourhood) & ~127ull) + (hash & 127));
}

/* Makes room for `count` elements of `size` bytes in `*array`, doubling `*capacity`. Ends the
 * process when memory runs out, as MLIR itself does. */
void arrayReserve(void **array, size_t *capacity, size_t count, size_t size);

#endif /* ADDNORM_PASSES_FUSE_TABLE_H */
