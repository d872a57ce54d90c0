/* The schedule of target `npu`: how the rows of one addnorm.rms_norm pass through the scratchpads
 * of the cores. One pure function of plain numbers, free of MLIR.
 *
 * All work of a core is a line of steps, each of which loads tiles, computes on them and stores
 * tiles, with the tiles of the next step on their way in and those of the last on their way out:
 *
 *   single pass: a step is rowTile whole rows. gamma and the biases are loaded once.
 *   multi pass:  a step is columnTile columns of two rows: of the row whose statistic is known it
 *                stores results, of the next one it adds up squares. The first `keptColumns`
 *                columns of t stay in the scratchpad as f32 from the one to the other; the addends
 *                of those behind them are loaded twice.
 *
 * No tile needs a transfer that the machine does not do: it has at most maxTransferRows rows, and
 * columnTile elements of any tensor are at most maxRowBytes long. */

#ifndef ADDNORM_CODEGEN_NPU_SCHEDULE_H
#define ADDNORM_CODEGEN_NPU_SCHEDULE_H

#include "addnorm-c/target.h"
#include "codegen/schedule.h"

typedef struct AddnormNpuSchedule {
  int64_t lanes, chunk; /* of the sum, resolved as in AddnormSchedule */
  bool singlePass;
  int64_t rowTile;     /* rows of a step; 1 in multi pass */
  int64_t columnTile;  /* columns of a step, a multiple of lanes. Single pass: N rounded up. Multi
                          pass: a run of columns that is whole chunks or the part of one, of which
                          the last in a row or chunk may be shorter */
  int64_t pitch;       /* elements from one row of a tile to the next, for all its types; rows of a
                          tile start aligned. At least columnTile */
  int64_t buffers;     /* of each tile that is loaded: one less is the number of tiles that are on
                          their way in. 3 where that is faster, 1 where two do not fit */
  int64_t block;       /* columns that the vector unit takes at a time: lanes or a part of them */
  int64_t rowBuffer;   /* single pass: f32 elements of the buffer that keeps t of one row from the
                          statistic to the results; 0: the addends are added again */
  int64_t keptColumns; /* multi pass: f32 elements of t that are kept: whole tiles, and whole chunks
                          if those end in a short tile. N or more: all of t is kept */
  int64_t keptVectorColumns; /* multi pass: columns of gamma and the biases that are loaded once and
                                kept, counted in the same way; each of their tiles starts aligned.
                                Those behind are loaded with each row */
  bool rowMask, columnMask;  /* some tile is not full */
  bool alignedRows;          /* rows of all full-shape tensors are a multiple of globalAlignment
                                long: aligned if the first one is and the rows lie one behind the
                                other */
  int64_t grid;         /* active cores: at least 1, at most one per row tile, and as few as make
                           the longest line of tiles no longer; dynamic rows: an upper limit */
  int64_t scratchBytes; /* of one core */
} AddnormNpuSchedule;

/* Of each tile that is stored: one is on its way out. */
int64_t addnormNpuResultBuffers(const AddnormNpuSchedule *schedule);

/* Fills `schedule`, or returns why the machine cannot run the op: a static string. */
const char *addnormNpuScheduleCompute(const AddnormScheduleQuery *query,
                                      const AddnormNpuTarget *target, AddnormNpuSchedule *schedule);

/* The bytes of one core's scratchpad that the schedule takes, each allocation aligned:
 *
 *   lane partials  lanes x f32, with a chunk twice
 *   tail           block x f32, if some row or chunk ends within a block and that is not masked
 *   t              rowBuffer x f32, or keptColumns x f32
 *   addends        buffers x rowTile x pitch of each full-shape one; in multi pass for the row
 *                  whose squares are added up, and again for the row whose results are stored,
 *                  unless all of t is kept
 *   row vectors    pitch of each; in multi pass keptVectorColumns, and unless those are all
 *                  columns buffers x pitch
 *   results        result buffers x rowTile x pitch of y and of the sum
 *   rstd           result buffers times rowTile x f32, rounded up; with rstdApart rowTile times
 *                  one f32 rounded up
 */
int64_t addnormNpuScratchBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                               const AddnormNpuSchedule *schedule);

/* The tiles of a row of n columns: runs of columnTile, in each chunk anew where a tile is a part of
 * one. */
int64_t addnormNpuColumnTiles(const AddnormNpuSchedule *schedule, int64_t n);

/* What multi pass keeps is a multiple of so many columns: a tile, or a chunk that ends in a short
 * one. */
int64_t addnormNpuKeptRun(const AddnormNpuSchedule *schedule);

/* Whether the tiles of kept row vectors of n columns start aligned. */
bool addnormNpuMayKeepVectors(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                              const AddnormNpuSchedule *schedule, int64_t n);

/* Whether some tile ends within a block. A short tile need not: chunks and all tiles but the last
 * are whole blocks. */
bool addnormNpuHasShortBlocks(const AddnormScheduleQuery *query,
                              const AddnormNpuSchedule *schedule);

/* Whether short blocks are done under a mask; otherwise element by element. */
bool addnormNpuMasks(const AddnormScheduleQuery *query, const AddnormNpuTarget *target);

/* Writes the schedule as one JSON object, as snprintf does. */
int addnormNpuScheduleToJson(const AddnormNpuSchedule *schedule, char *buffer, size_t size);

#endif /* ADDNORM_CODEGEN_NPU_SCHEDULE_H */
