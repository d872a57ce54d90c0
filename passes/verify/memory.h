/* Which memory a pointer may point into. Values are put into classes by union, so that two pointers
 * of different classes never point to the same memory; what stands in for a pointer (a memref, a
 * descriptor, an integer made of a pointer) is of the class of what it points to. */

#ifndef ADDNORM_PASSES_VERIFY_MEMORY_H
#define ADDNORM_PASSES_VERIFY_MEMORY_H

#include "passes/verify/copies.h"

typedef struct MemoryClass {
  int32_t parent;
  int32_t pointee; /* the class of the pointers that are stored in this memory; 0: none seen */
} MemoryClass;

typedef struct Memory {
  const Copies *copies;
  Table classOf; /* the key of a Place, a symbol's op -> class */
  MemoryClass *classes;
  size_t numClasses, capacity;
} Memory;

Memory memoryCreate(const Copies *copies, MlirOperation root);
void memoryFree(Memory *memory);

/* Whether values of the type point to memory, or may hold what does. */
bool memoryIsPointer(MlirType type);

/* The class of what `value` points to; 0 for an integer that is no pointer. */
int32_t memoryClassOf(const Memory *memory, MlirValue value);
/* The class of the pointers stored in memory of class `of`; 0: none. */
int32_t memoryPointee(const Memory *memory, int32_t of);

/* Whether all that is done with a pointer is to fetch lines early, which moves no data. */
bool memoryIsOnlyFetched(MlirValue pointer);

#endif /* ADDNORM_PASSES_VERIFY_MEMORY_H */
