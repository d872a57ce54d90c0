/* The schedule: how a target walks the rows of one addnorm.rms_norm. One pure function of plain
 * numbers, shared by every target and free of MLIR. */

#ifndef ADDNORM_CODEGEN_SCHEDULE_H
#define ADDNORM_CODEGEN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDNORM_DYNAMIC = -1 };

/* The facts of a target that decide a schedule. */
typedef struct AddnormTargetInfo {
  int64_t scratchBytes; /* what one core may use for lane partials and staged tiles */
  int64_t alignment;    /* bytes; of every row of a staged tile; a power of two */
  int64_t lanes;        /* taken when the op leaves the order of the sum open; a power of two */
  int64_t cores;
  int64_t buffers; /* copies of a tile in flight; 0: tiles are not staged, the code reads and writes
                      the caller's memory directly */
  /* Of vector code on a processor with caches; 0 elsewhere. */
  int64_t vectorBytes;     /* of one register */
  int64_t vectorRegisters; /* how many there are */
  int64_t f16Bytes;        /* of a register that f16 is widened into fastest; 0: of any */
  int64_t cacheBytes;      /* of the last level, what one process can count on */
  int64_t forkBytes;       /* what one core moves while threads would be started and joined */
  bool bf16InPairs;        /* bf16 is cheaper to widen and round where it is, two to 32 bits, than
                              taken apart by shuffles */
  bool maskedMemory;       /* 16-bit elements are loaded and stored under a mask at full speed */
  bool streamingStores;    /* whole lines can be stored around the cache */
} AddnormTargetInfo;

/* What the schedule has to know about an op. */
typedef struct AddnormScheduleQuery {
  int64_t rows, n;        /* or ADDNORM_DYNAMIC */
  int64_t elementBytes;   /* added up over the full-shape addends, y and sum */
  int64_t addendBytes;    /* the addends' share of them */
  int64_t vectorBytes;    /* the same over the row vectors: biases and gamma */
  int64_t biasBytes;      /* the biases' share of them */
  int64_t narrowestBytes; /* of one element, over all of these */
  bool rstd;              /* the f32 rstd is stored as well */
  bool rstdApart;         /* those of successive rows may not be neighbours */
  bool f16;               /* some addend is f16 */
  bool bf16;              /* some tensor is bf16 */
  bool onlyBF16;          /* all full-shape ones are */
  bool onlyF32;           /* all full-shape ones are f32 */
  int64_t lanes, chunk;   /* of the op; 0: absent */
} AddnormScheduleQuery;

/* What the threads of a grid share. A task is a run of it as long as that of any other, or one
 * longer. */
typedef enum AddnormTasks {
  ADDNORM_TASKS_ROWS,   /* row tiles */
  ADDNORM_TASKS_CHUNKS, /* the chunks of all rows in a line */
  ADDNORM_TASKS_EITHER  /* decided at run time: chunks when there are fewer rows than grid */
} AddnormTasks;

/* Rows are walked in tiles of rowTile, a tile's columns in pieces of columnTile. Pieces start anew
 * at each chunk, unless one piece is the whole row (singlePass).
 *
 * Vector code on the caller's memory (piece > 0) takes one row and columnTile columns at a time. */
typedef struct AddnormSchedule {
  int64_t lanes;         /* of the sum; resolved */
  int64_t chunk;         /* 0: the row is one chunk */
  bool singlePass;       /* the row stays on chip; otherwise its addends are read twice */
  int64_t rowTile;       /* at least 1 */
  int64_t columnTile;    /* a multiple of lanes; of vector code, lanes or a part of them */
  int64_t pitch;         /* elements from one row of a staged tile to the next */
  bool rowMask;          /* some tile may have fewer than rowTile rows */
  bool columnMask;       /* some piece may have fewer than columnTile columns */
  int64_t buffers;       /* copies of a staged tile; 0: not staged */
  int64_t piece;         /* elements of one vector; divides columnTile; 0: no vectors */
  bool storesPairs;      /* but results are those of two pieces at a time */
  int64_t rowBuffer;     /* f32 elements of the buffer in which vector code keeps t, the sum of the
                            addends, from the first pass to the second; longer rows are read twice */
  bool streamsTwice;     /* so is every row when results are stored around the cache */
  int64_t registerLanes; /* f32 elements of one register; 0: no vectors */
  bool evensFirst;       /* a piece is held with its even elements before its odd ones, for bf16 */
  bool masked;           /* vector code does a short piece under a mask, otherwise by elements */
  int64_t streamBytes; /* results are stored around the cache when the op's tensors have more bytes
                          than this; 0: never */
  int64_t grid;        /* cores to use: at least 1, at most one per row tile or chunk; where that
                          number is dynamic an upper limit */
  AddnormTasks tasks;  /* of the grid */
  int64_t forkBytes;   /* decided at run time: one core does it all when the op's tensors have no
                          more bytes than this; 0: decided already */
  int64_t scratchBytes;
  int64_t elementBytes; /* of the query: with rows and n, what the op moves */
} AddnormSchedule;

/* Fills `schedule`, or returns why the target cannot run the op: a static string. */
const char *addnormScheduleCompute(const AddnormScheduleQuery *query,
                                   const AddnormTargetInfo *target, AddnormSchedule *schedule);

/* Writes the schedule as one JSON object, as snprintf does. */
int addnormScheduleToJson(const AddnormSchedule *schedule, char *buffer, size_t size);

#endif /* ADDNORM_CODEGEN_SCHEDULE_H */
