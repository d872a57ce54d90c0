/* The schedule of target `npu`: how the rows of one addnorm.rms_norm pass through the scratchpads
 * of the cores. One pure function of plain numbers, free of MLIR.
 *
 * All work of a core is a line of steps, each of which loads tiles, computes on them and stores
 * tiles, with the tiles of the next steps on their way in and those of the last on their way out:
 *
 *   single pass: a step is rowTile whole rows. gamma and the biases are loaded once.
 *   multi pass:  a step is columnTile columns of two rows: of the row whose statistic is known it
 *                stores results, of the next one it adds up squares. `keptColumns` columns of t,
 *                spread over the row, stay in the scratchpad as f32 from the one to the other, and
 *                are stored as the sum when they are there; the addends of the others are loaded
 *                twice, and their sum is stored with the results: it may lie over an addend.
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
  int64_t rowTile;    /* rows of a step; 1 in multi pass */
  int64_t columnTile; /* columns of a step, a multiple of lanes. Single pass: N rounded up. Multi
                         pass: a run of columns that is whole chunks or the part of one, of which
                         the last in a row or chunk may be shorter */
  int64_t pitch;      /* elements from one row of a tile to the next, for all its types; rows of a
                         tile start aligned. At least columnTile */
  int64_t buffers;    /* of each tile that is loaded: one less is the number of tiles that are on
                         their way in. As many as make it faster, 1 where two do not fit */
  int64_t resultBuffers; /* of each tile that is stored: so many are on their way out */
  int64_t block;         /* columns that the vector unit takes at a time: lanes or a part of them */
  int64_t rowBuffer;     /* single pass: f32 elements of the buffer that keeps t of one row from the
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

enum { ADDNORM_NPU_MAX_BUFFERS = 8 };

/* npu_search.c: fills `schedule`, or returns why the machine cannot run the op: a static string. */
const char *addnormNpuScheduleCompute(const AddnormScheduleQuery *query,
                                      const AddnormNpuTarget *target, AddnormNpuSchedule *schedule);

/* The bytes of one core's scratchpad that the schedule takes, each allocation aligned:
 *
 *   lane partials  lanes x f32, with a chunk twice
 *   tail           block x f32, if some row or chunk ends within a block and that is not masked
 *   t              rowBuffer x f32, or keptColumns x f32
 *   addends        buffers x rowTile x pitch of each full-shape one; in multi pass for the row
 *                  whose squares are added up, and again for the row whose results are stored,
 *                  unless all of t is kept or no core has a second row
 *   row vectors    pitch of each; in multi pass keptVectorColumns, and unless those are all
 *                  columns buffers x pitch
 *   results        resultBuffers x rowTile x pitch of y, and of the sum if it is not stored from t
 *   rstd           addnormNpuStatisticBuffers times rowTile x f32, rounded up; with rstdApart
 *                  rowTile times one f32 rounded up
 */
int64_t addnormNpuScratchBytes(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                               const AddnormNpuSchedule *schedule);

/* Rows of a tile that many columns apart, or a multiple of them, all start aligned if one does. */
int64_t addnormNpuAlignedElements(const AddnormScheduleQuery *query,
                                  const AddnormNpuTarget *target);

/* The tiles of a row of n columns: runs of columnTile, in each chunk anew where a tile is a part of
 * one. */
int64_t addnormNpuColumnTiles(const AddnormNpuSchedule *schedule, int64_t n);

/* What multi pass keeps is a multiple of so many columns: a tile, or a chunk that ends in a short
 * one. */
int64_t addnormNpuKeptRun(const AddnormNpuSchedule *schedule);

/* How many of the first `run` such runs of a row of n columns are kept of t: evenly, so that steps
 * with long loads and others take turns. The last one, which may be short, is kept only if all
 * are. */
int64_t addnormNpuKeptBefore(const AddnormNpuSchedule *schedule, int64_t n, int64_t run);

/* Whether t of the tile that starts at column `start` is kept. */
bool addnormNpuIsKept(const AddnormNpuSchedule *schedule, int64_t n, int64_t start);

/* Columns of a row whose t is not kept, behind the kept ones of the row vectors: those whose biases
 * are loaded for results as well. */
int64_t addnormNpuLooseColumns(const AddnormNpuSchedule *schedule, int64_t n);

/* Whether the tiles of kept row vectors of n columns start aligned. */
bool addnormNpuMayKeepVectors(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                              const AddnormNpuSchedule *schedule, int64_t n);

/* Whether multi pass adds up the squares of one row and stores the results of another in one step:
 * otherwise the addends of both take turns in the same buffers. */
bool addnormNpuHasTwoRows(const AddnormScheduleQuery *query, const AddnormNpuSchedule *schedule);

/* Of the rstd of a tile, with resultBuffers steps on their way out: in multi pass only a row's
 * first one stores any. */
int64_t addnormNpuStatisticBuffers(const AddnormScheduleQuery *query,
                                   const AddnormNpuSchedule *schedule);

/* Multi pass: whether the sum is stored from where t is kept. Before another row's t gets there
 * the step that stored it has been waited for. */
bool addnormNpuStoresKept(const AddnormScheduleQuery *query, const AddnormNpuSchedule *schedule);

/* Whether some tile ends within a block. A short tile need not: chunks and all tiles but the last
 * are whole blocks. */
bool addnormNpuHasShortBlocks(const AddnormScheduleQuery *query,
                              const AddnormNpuSchedule *schedule);

/* Whether short blocks are done under a mask; otherwise element by element. */
bool addnormNpuMasks(const AddnormScheduleQuery *query, const AddnormNpuTarget *target);

/* Writes the schedule as one JSON object, as snprintf does. */
int addnormNpuScheduleToJson(const AddnormNpuSchedule *schedule, char *buffer, size_t size);

#endif /* ADDNORM_CODEGEN_NPU_SCHEDULE_H */
