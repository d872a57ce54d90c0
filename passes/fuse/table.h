/* A hash table from a small key of integers to an integer, and a growing array: what the fuse pass
 * memoises with. */

#ifndef ADDNORM_PASSES_FUSE_TABLE_H
#define ADDNORM_PASSES_FUSE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TableKey {
  uint64_t a, b, c;
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

/* Makes room for `count` elements of `size` bytes in `*array`, doubling `*capacity`. Ends the
 * process when memory runs out, as MLIR itself does. */
void arrayReserve(void **array, size_t *capacity, size_t count, size_t size);

#endif /* ADDNORM_PASSES_FUSE_TABLE_H */
