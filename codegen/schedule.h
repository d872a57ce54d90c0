/* The schedule: how a target that works on the caller's memory walks the rows of one
 * addnorm.rms_norm. One pure function of plain numbers, free of MLIR. Targets that stage tiles have
 * one of their own (npu_schedule.h), for the same queries. */

#ifndef ADDNORM_CODEGEN_SCHEDULE_H
#define ADDNORM_CODEGEN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDNORM_DYNAMIC = -1 };

/* The facts of a target that decide a schedule. */
typedef struct AddnormTargetInfo {
  int64_t scratchBytes; /* what one core may use for lane partials and a row of t */
  int64_t alignment;    /* bytes; of each of them; a power of two */
  int64_t lanes;        /* taken when the op leaves the order of the sum open; a power of two */
  int64_t cores;
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
  const char *loadFence;   /* LLVM's intrinsic behind which no load begins before those ahead of it
                              have ended; null: there is none, or no gain from it */
  bool roundsPairs;        /* one conversion to f16 takes two registers of f32 */
  bool leavesRounding;     /* conversions to f16 leave their mode to the environment: the back end
                              may not know the form that spells it out */
  bool splitsFma;          /* vectors of f32 are multiplied, then added: there is no fma, and no
                              promise that `lanes` fixes the bits */
  bool shortNans; /* arithmetic makes no NaN with a bit set in its lower half, unless it was
                     given one */
} AddnormTargetInfo;

/* How many tensors have which type. */
typedef struct AddnormTypes {
  int64_t f16, bf16, f32;
} AddnormTypes;

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
  bool bf16;              /* some tensor is bf16 */
  bool onlyBF16;          /* all full-shape ones are */
  bool onlyF32;           /* all full-shape ones are f32 */
  int64_t lanes, chunk;   /* of the op; 0: absent */
  /* The same tensors, counted, and what else is computed for an element: the costs of an NPU. */
  AddnormTypes addends, biases, gamma, results;
  AddnormTypes sum;             /* its share of the results */
  int64_t scales;               /* addends that are multiplied by one */
  bool roundsSum, roundsNormal; /* sum_type, norm_type */
  bool gammaOffset;
} AddnormScheduleQuery;

/* What the threads of a grid share. A task is a run of it as long as that of any other, or one
 * longer. */
typedef enum AddnormTasks {
  ADDNORM_TASKS_ROWS,   /* rows */
  ADDNORM_TASKS_CHUNKS, /* the chunks of all rows in a line */
  ADDNORM_TASKS_EITHER  /* decided at run time: chunks when there are fewer rows than grid */
} AddnormTasks;

/* A row is walked twice, columnTile columns at a time, which start anew at each chunk. */
typedef struct AddnormSchedule {
  int64_t lanes;         /* of the sum; resolved */
  int64_t chunk;         /* 0: the row is one chunk */
  int64_t columnTile;    /* lanes; of vector code, or a part of them */
  bool columnMask;       /* there may be fewer than columnTile columns left of a row or chunk */
  int64_t piece;         /* elements of one vector; divides columnTile; 0: no vectors */
  bool storesPairs;      /* but results are those of two pieces at a time */
  int64_t rowBuffer;     /* f32 elements of the buffer in which vector code keeps t, the sum of the
                            addends, from the first pass to the second; longer rows are read twice */
  int64_t memoryBytes;   /* when results are stored around the cache, t is kept and the op's tensors
                            have more bytes than this, the processor waits for the memory: then the
                            next three count, and pieces are as results are; 0: never */
  const char *loadFence; /* the loads of a block wait behind this; null: behind nothing */
  bool fencesBetween;    /* the loads of the two passes, not before both */
  bool readsAgain;       /* addends are read twice, and t is not kept */
  int64_t registerLanes; /* f32 elements of one register; 0: no vectors */
  bool roundsPairs;      /* this and the next three: of the target */
  bool leavesRounding;
  bool splitsFma;
  bool shortNans;
  bool evensFirst;   /* a piece is held with its even elements before its odd ones, for bf16 */
  bool masked;       /* vector code does what is left of a row or chunk under masks */
  int64_t tailPiece; /* otherwise in vectors of so many elements, and the last ones by themselves */
  int64_t streamBytes; /* results are stored around the cache when the op's tensors have more bytes
                          than this; 0: never */
  int64_t grid;        /* cores to use: at least 1, at most one per row or chunk; where that number
                          is dynamic an upper limit */
  AddnormTasks tasks;  /* of the grid */
  int64_t forkBytes;   /* decided at run time: one core does it all when the op's tensors have no
                          more bytes than this; 0: decided already */
  int64_t scratchBytes;
  int64_t elementBytes; /* of the query: with rows and n, what the op moves */
} AddnormSchedule;

/* The order of the sum: the op's, or `targetLanes` where it leaves it open. Lanes beyond the row
 * and a chunk as long as the row change no bit of the sum and are left out: such lanes add +0 to
 * partials that are never -0. */
void addnormScheduleResolveOrder(const AddnormScheduleQuery *query, int64_t targetLanes,
                                 int64_t *lanes, int64_t *chunk);

/* Fills `schedule`, or returns why the target cannot run the op: a static string. */
const char *addnormScheduleCompute(const AddnormScheduleQuery *query,
                                   const AddnormTargetInfo *target, AddnormSchedule *schedule);

/* Writes what addnormScheduleCompute said: the reason, unless that is null, or the schedule as
 * JSON. Returns whether there is a schedule. */
bool addnormScheduleReport(const char *reason, const AddnormSchedule *schedule, char *text,
                           size_t size);

/* Writes the schedule as one JSON object, as snprintf does. */
int addnormScheduleToJson(const AddnormSchedule *schedule, char *buffer, size_t size);

#endif /* ADDNORM_CODEGEN_SCHEDULE_H */
