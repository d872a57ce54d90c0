/* What the files of target `vector` share: the op being lowered, a place in it, and memory. */

#ifndef ADDNORM_CODEGEN_VECTOR_H
#define ADDNORM_CODEGEN_VECTOR_H

#include "codegen/formula.h"
#include "codegen/schedule.h"
#include "codegen/scratch.h"
#include "lib/ir/build.h"

enum { MAX_PIECES = 64 };

/* What stores the sum of the op, if it has one. */
typedef enum VectorSum {
  VECTOR_SUM_WITH_RESULTS,
  VECTOR_SUM_WITH_SQUARES, /* when t is known first: addends are not read again */
  VECTOR_SUM_BY_OTHERS
} VectorSum;

/* The op and the values its loops share. */
typedef struct Vectors {
  AddnormFormula formula;
  const AddnormSchedule *schedule;
  MlirType piece;       /* vector of f32 */
  MlirType storedPiece; /* the same of results */
  int64_t rank;
  MlirValue zero, one;     /* index */
  MlirValue rows, n;       /* index: of the op, and elements of each */
  MlirValue row;           /* memref of f32: t of the row; null: read again */
  MlirValue rowBuffer;     /* for it, as long as the schedule says; null: none */
  MlirValue tail;          /* one block of f32, for the elements of a short one; null: masked */
  MlirValue partials;      /* memref<lanes x f32>; null: they are held in registers */
  MlirValue chunkPartials; /* the same of the chunk being summed; null without chunks */
  VectorSum sum;
  bool streams;    /* results go around the cache, the next row is fetched early */
  bool fromMemory; /* and loads wait behind the schedule's fence, if it has one */
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

/* Asks for what the addends of `next` have a page behind `column`, and for the translation of
 * the next page of them and of the results of `done`. */
void addnormVectorFetchAhead(const IrBuilder *b, const Vectors *v, const Row *next, const Row *done,
                             MlirValue column);

/* No load behind this begins before those ahead of it are done, if a fence holds loads back. */
void addnormVectorFenceLoads(const IrBuilder *b, const Vectors *v);

/* Whether every row of all results begins with a line: i1. */
MlirValue addnormVectorIsAligned(const IrBuilder *b, const Vectors *v);

/* One walk over the columns: stores the results of row `done` from its rstd, or the sum of squares
 * of row `next`, or both; the other is null. Returns the sum, an f32. */
typedef struct Walk {
  const Row *done;
  MlirValue rstd;
  const Row *next;
} Walk;
MlirValue addnormVectorWalk(const IrBuilder *b, const Vectors *v, const Walk *walk);

/* The same of `length` columns from `start` on, where a block begins; without a sum. */
void addnormVectorNormalize(const IrBuilder *b, const Vectors *v, const Row *done, MlirValue rstd,
                            MlirValue start, MlirValue length);

/* Stores the partials of one chunk of a row into `partials`, memory of `lanes` f32. */
void addnormVectorSquareChunk(const IrBuilder *b, const Vectors *v, const Row *next,
                              MlirValue start, MlirValue length, MlirValue partials);

/* Partials that outlive a walk, for rows that are walked over in parts: memory of `lanes` f32, set
 * to zero, increased by the squares of all columns of the op or by other such partials, folded. The
 * last leaves something else in them. */
void addnormVectorClearPartials(const IrBuilder *b, const Vectors *v, MlirValue partials);
void addnormVectorAddSquares(const IrBuilder *b, const Vectors *v, const Row *next,
                             MlirValue partials);
void addnormVectorAddPartials(const IrBuilder *b, const Vectors *v, MlirValue into, MlirValue from);
MlirValue addnormVectorFold(const IrBuilder *b, const Vectors *v, MlirValue partials);

/* The sum of squares from the partials of chunks [first, end) of a row, which lie one behind the
 * other in `partials`. */
MlirValue addnormVectorFoldChunks(const IrBuilder *b, const Vectors *v, MlirValue partials,
                                  MlirValue first, MlirValue end);

/* The `lanes` f32 of chunk number `chunk` in that memory. */
MlirValue addnormVectorChunkPartials(const IrBuilder *b, const Vectors *v, MlirValue partials,
                                     MlirValue chunk);

/* The leading indices of row `number`, counted over all leading dimensions. */
Row addnormVectorRowAt(const IrBuilder *b, const Vectors *v, MlirValue number);

/* The rows [first, end), of which there is at least one; what is stored is visible behind it. */
void addnormVectorRows(const IrBuilder *b, const Vectors *v, MlirValue first, MlirValue end);

/* Stores rstd of a row if the op has it as an output. */
void addnormVectorStoreStatistic(const IrBuilder *b, const Vectors *v, const Row *row,
                                 MlirValue rstd);

/* The builder of what happens when the op's tensors are large and their lines are whole, for which
 * the schedule has a limit. */
IrBuilder addnormVectorIfStreams(const IrBuilder *b, const Vectors *v, IrBuilder *otherwise);

/* What is stored around the cache may become visible late: before anything that follows, it has. */
void addnormVectorOrderStores(const IrBuilder *b);

/* All rows, of which there is at least one, by the threads of a grid that has more than one. */
void addnormVectorParallel(const IrBuilder *b, const Vectors *v);

/* What the loops over `op` share; without any memory. */
Vectors addnormVectorsOf(const IrBuilder *b, MlirOperation op, const AddnormSchedule *schedule);

/* A piece of scratch memory that the schedule asks for: memref<count x f32>, to be stored in
 * `*value`. */
typedef struct VectorMemory {
  int64_t count;
  MlirValue *value;
} VectorMemory;
enum { MAX_VECTOR_MEMORIES = 4 };

/* Lists those of `v`; returns how many there are. */
int addnormVectorMemories(Vectors *v, VectorMemory memories[MAX_VECTOR_MEMORIES]);

/* Takes all of them from `scratch`. */
void addnormVectorTakeScratch(Vectors *v, AddnormScratch *scratch);

#endif /* ADDNORM_CODEGEN_VECTOR_H */
