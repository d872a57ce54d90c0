/* What the files of target `vector` share: the op being lowered, a place in it, and memory. */

#ifndef ADDNORM_CODEGEN_VECTOR_H
#define ADDNORM_CODEGEN_VECTOR_H

#include "codegen/formula.h"
#include "codegen/schedule.h"
#include "lib/ir/build.h"

enum { MAX_PIECES = 64 };

/* The op and the values its loops share. */
typedef struct Vectors {
  AddnormFormula formula;
  const AddnormSchedule *schedule;
  MlirType piece; /* vector of schedule->piece x f32 */
  int64_t rank;
  MlirValue zero, one;     /* index */
  MlirValue n;             /* index: elements of a row */
  MlirValue row;           /* memref of f32: t of the row; null: read again */
  MlirValue tail;          /* one block of f32, for the elements of a short one; null: masked */
  MlirValue partials;      /* memref<lanes x f32>; null: they are held in registers */
  MlirValue chunkPartials; /* the same of the chunk being summed; null without chunks */
  bool streams;            /* results go around the cache, the next row is fetched early */
} Vectors;

/* The leading indices of a row of the op's tensors. */
typedef struct Row {
  MlirValue index[IR_MAX_RANK];
} Row;

/* A piece of a row, or one element of it. */
typedef struct Place {
  const Vectors *v;
  const Row *row;
  MlirValue column; /* the first */
  MlirValue mask;   /* of the piece; null: all of it */
  bool isElement;
} Place;

/* The place in an operand of the op, extended to f32: an AddnormLoad, whose `at` is a Place. In a
 * row vector only the column counts; what is masked reads as 0. */
MlirValue addnormVectorLoad(const IrBuilder *b, MlirValue memref, const void *place);

/* Rounds `value` and stores it to the place in a result of the op. */
void addnormVectorStore(const IrBuilder *b, MlirValue value, MlirValue memref, const Place *place);

/* A piece of scratch memory, or what `mask` selects of it unless that is null. */
MlirValue addnormVectorLoadScratch(const IrBuilder *b, const Vectors *v, MlirValue memory,
                                   MlirValue index, MlirValue mask);
void addnormVectorStoreScratch(const IrBuilder *b, MlirValue value, MlirValue memory,
                               MlirValue index, MlirValue mask);

/* Asks for what the addends of `next` have two pages behind `column`, and for the translation of
 * the next page of them and of the results of `done`. */
void addnormVectorFetchAhead(const IrBuilder *b, const Vectors *v, const Row *next, const Row *done,
                             MlirValue column);

/* Whether every row of all results begins with a line: i1. */
MlirValue addnormVectorIsAligned(const IrBuilder *b, const Vectors *v, int64_t lineBytes);

/* One walk over the columns: stores the results of row `done` from its rstd, or the sum of squares
 * of row `next`, or both; the other is null. Returns the sum, an f32. */
typedef struct Walk {
  const Row *done;
  MlirValue rstd;
  const Row *next;
} Walk;
MlirValue addnormVectorWalk(const IrBuilder *b, const Vectors *v, const Walk *walk);

#endif /* ADDNORM_CODEGEN_VECTOR_H */
