#include "passes/fuse/table.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct TableSlot {
  uint64_t whole;
  int32_t part;
  int32_t value; /* 0: free */
} TableSlot;

static TableSlot *find(const Table *table, TableKey key) {
  size_t mask = table->capacity - 1;
  size_t i = hashNear(key.whole >> 9, (key.whole >> 3) + 5 * (uint32_t)key.part);
  for (;; ++i) {
    TableSlot *slot = &table->slots[i & mask];
    if (!slot->value || (slot->whole == key.whole && slot->part == key.part))
      return slot;
  }
}

/* Linear probing stays short up to here. */
static bool isFull(size_t count, size_t capacity) { return 3 * (count + 1) > 2 * capacity; }

int32_t tableGet(const Table *table, TableKey key) {
  return table->capacity ? find(table, key)->value : 0;
}

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) {
    fputs("addnorm: out of memory\n", stderr);
    abort();
  }
  return memory;
}

static void grow(Table *table) {
  Table bigger = {NULL, table->capacity ? 2 * table->capacity : 16, table->count};
  bigger.slots = allocate(bigger.capacity, sizeof *bigger.slots);
  for (size_t i = 0; i < table->capacity; ++i)
    if (table->slots[i].value)
      *find(&bigger, (TableKey){table->slots[i].whole, table->slots[i].part}) = table->slots[i];
  free(table->slots);
  *table = bigger;
}

void tableSet(Table *table, TableKey key, int32_t value) {
  if (isFull(table->count, table->capacity))
    grow(table);
  TableSlot *slot = find(table, key);
  table->count += slot->value == 0;
  *slot = (TableSlot){key.whole, key.part, value};
}

void tableFree(Table *table) {
  free(table->slots);
  *table = (Table){NULL, 0, 0};
}

typedef struct HashIndexSlot {
  uint32_t hash;
  int32_t element; /* 0: free */
} HashIndexSlot;

int32_t hashIndexNext(const HashIndex *index, uint32_t hash, size_t *cursor) {
  if (!index->capacity)
    return 0;
  for (;;) {
    HashIndexSlot slot = index->slots[(*cursor)++ & (index->capacity - 1)];
    if (slot.hash == hash || !slot.element)
      return slot.element;
  }
}

static void insert(HashIndex *index, HashIndexSlot slot) {
  size_t i = slot.hash, mask = index->capacity - 1;
  while (index->slots[i & mask].element)
    ++i;
  index->slots[i & mask] = slot;
}

void hashIndexAdd(HashIndex *index, uint32_t hash, int32_t element) {
  if (isFull(index->count, index->capacity)) {
    HashIndex bigger = {NULL, index->capacity ? 2 * index->capacity : 64, index->count};
    bigger.slots = allocate(bigger.capacity, sizeof *bigger.slots);
    for (size_t i = 0; i < index->capacity; ++i)
      if (index->slots[i].element)
        insert(&bigger, index->slots[i]);
    free(index->slots);
    *index = bigger;
  }
  insert(index, (HashIndexSlot){hash, element});
  ++index->count;
}

void hashIndexFree(HashIndex *index) {
  free(index->slots);
  *index = (HashIndex){NULL, 0, 0};
}

void arrayReserve(void **array, size_t *capacity, size_t count, size_t size) {
  if (count <= *capacity)
    return;
  size_t bigger = *capacity ? 2 * *capacity : 16;
  if (bigger < count)
    bigger = count;
  void *memory = realloc(*array, bigger * size);
  if (!memory) {
    fputs("addnorm: out of memory\n", stderr);
    abort();
  }
  *array = memory;
  *capacity = bigger;
}
