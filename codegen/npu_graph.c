/* What a fused op replaces, and the schedule that takes no care: npu_traffic.h. */

#include "codegen/integers.h"
#include "codegen/npu_model.h"
#include "codegen/npu_traffic.h"
#include "codegen/npu_work.h"

enum { F32_BYTES = 4, NARROW_BYTES = 2 };

static double max2(double a, double b) { return a > b ? a : b; }

static int64_t countTypes(const AddnormTypes *types) {
  return types->f16 + types->bf16 + types->f32;
}

static int64_t narrowestOf(const AddnormTypes *types) {
  return types->f16 + types->bf16 ? NARROW_BYTES : F32_BYTES;
}

/* --- kernels --------------------------------------------------------------------------------- */

/* What a kernel does for an element, and the tensors that are no full shape. */
typedef struct Kernel {
  int64_t loaded, stored; /* bytes */
  int64_t ofVectors;      /* bytes per column, of row vectors */
  int64_t ofRows;         /* bytes per row, of values per row */
  int64_t extensions, roundings, arithmetic;
  bool isNarrow; /* arithmetic in the narrow type, if the machine has it */
} Kernel;

/* A graph being built. */
typedef struct Builder {
  const AddnormScheduleQuery *query;
  const AddnormNpuTarget *target;
  AddnormNpuGraph graph;
} Builder;

/* Cycles for one element of f32, or of a narrow type that is bf16 or f16. */
static double workOf(const AddnormNpuTarget *target, const Kernel *kernel, bool isBF16) {
  double registers = 1.0 / (double)target->vectorBytes;
  double narrowCost = isBF16 ? target->bf16Cost : target->f16Cost;
  bool isNarrow = kernel->isNarrow && narrowCost > 0;
  int64_t width = isNarrow ? NARROW_BYTES : F32_BYTES;
  double cost = isNarrow ? narrowCost : target->f32Cost;
  int64_t extensions = kernel->extensions, roundings = kernel->roundings;
  if (kernel->isNarrow && !isNarrow) {
    extensions += kernel->loaded / NARROW_BYTES;
    roundings += kernel->stored / NARROW_BYTES;
  }
  double conversions = (double)(F32_BYTES * (extensions + roundings)) * target->convertCost;
  if (isBF16)
    conversions = target->f32Cost *
                  (double)(F32_BYTES * (BF16_EXTENSION * extensions + BF16_ROUNDING * roundings) +
                           NARROW_BYTES * BF16_ROUNDING_OF_HALVES * roundings);
  return registers * (target->memoryCost * (double)(kernel->loaded + kernel->stored) +
                      cost * (double)(width * kernel->arithmetic) + conversions);
}

static void addKernel(Builder *b, Kernel kernel) {
  int64_t rows = b->query->rows, n = b->query->n, cores = b->target->cores;
  int64_t other = n * kernel.ofVectors + rows * kernel.ofRows;
  double share = (double)rows * (double)n / (double)cores;
  double loads = share * (double)kernel.loaded + (double)other / (double)cores;
  double moving = addnormNpuMoveCycles(b->target, cores, loads, share * (double)kernel.stored);
  ++b->graph.kernels;
  b->graph.bytes += rows * n * (kernel.loaded + kernel.stored) + other;
  b->graph.cycles += b->target->launchCycles + 2 * b->target->latencyCycles +
                     max2(moving, share * workOf(b->target, &kernel, b->query->bf16));
}

/* Of tensor `i`, the narrow ones first; all are `width` bytes wide if that is not 0. */
static int64_t widthAt(const AddnormTypes *types, int64_t i, int64_t width) {
  if (width)
    return width;
  return i < types->f16 + types->bf16 ? NARROW_BYTES : F32_BYTES;
}

/* The addends are scaled and added one by one, the biases last. */
static void addSums(Builder *b, int64_t sumBytes, int64_t width) {
  const AddnormScheduleQuery *query = b->query;
  int64_t full = countTypes(&query->addends), all = full + countTypes(&query->biases);
  bool isNarrow = sumBytes == NARROW_BYTES;
  for (int64_t i = 0; i < query->scales; ++i)
    addKernel(b, (Kernel){sumBytes, sumBytes, .arithmetic = 1, .isNarrow = isNarrow});
  for (int64_t i = 1; i < all; ++i) {
    Kernel kernel = {i == 1 ? widthAt(&query->addends, 0, width) : sumBytes, sumBytes,
                     .arithmetic = 1, .isNarrow = isNarrow};
    if (i < full)
      kernel.loaded += widthAt(&query->addends, i, width);
    else
      kernel.ofVectors = widthAt(&query->biases, i - full, width);
    addKernel(b, kernel);
  }
}

/* Square, mean, reciprocal root, scaling and gamma, with the conversions between them. */
static void addNorm(Builder *b, int64_t sumBytes, int64_t yBytes, int64_t gammaBytes) {
  if (sumBytes < F32_BYTES)
    addKernel(b, (Kernel){sumBytes, F32_BYTES, .extensions = 1});
  addKernel(b, (Kernel){F32_BYTES, F32_BYTES, .arithmetic = 1});
  addKernel(b, (Kernel){F32_BYTES, 0, .ofRows = F32_BYTES, .arithmetic = 1});
  addKernel(b, (Kernel){0, 0, .ofRows = 2 * F32_BYTES});
  addKernel(b, (Kernel){F32_BYTES, F32_BYTES, .ofRows = F32_BYTES, .arithmetic = 1});
  if (yBytes < F32_BYTES)
    addKernel(b, (Kernel){F32_BYTES, yBytes, .roundings = 1});
  if (gammaBytes)
    addKernel(b, (Kernel){yBytes, yBytes, gammaBytes, .arithmetic = 1,
                          .isNarrow = yBytes == NARROW_BYTES});
}

static AddnormTypes oneOf(int64_t bytes, bool isBF16) {
  bool isNarrow = bytes == NARROW_BYTES;
  return (AddnormTypes){
      .f16 = isNarrow && !isBF16, .bf16 = isNarrow && isBF16, .f32 = bytes == F32_BYTES};
}

/* One fused norm of the stored sum. */
static void addFusedNorm(Builder *b, int64_t sumBytes, int64_t yBytes) {
  AddnormScheduleQuery norm = *b->query;
  norm.addends = oneOf(sumBytes, norm.bf16);
  norm.results = oneOf(yBytes, norm.bf16);
  norm.sum = (AddnormTypes){0};
  norm.biases = (AddnormTypes){0};
  norm.addendBytes = sumBytes;
  norm.elementBytes = sumBytes + yBytes;
  norm.vectorBytes -= norm.biasBytes;
  norm.biasBytes = norm.scales = 0;
  norm.roundsSum = false;
  AddnormNpuSchedule schedule;
  if (addnormNpuScheduleCompute(&norm, b->target, &schedule))
    return;
  AddnormNpuTraffic traffic = addnormNpuTraffic(&norm, b->target, &schedule);
  ++b->graph.kernels;
  b->graph.bytes += traffic.loaded + traffic.stored;
  b->graph.cycles += addnormNpuModelCycles(&norm, b->target, &schedule);
}

AddnormNpuGraph addnormNpuGraph(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                                AddnormNpuGraphKind kind) {
  Builder b = {.query = query, .target = target};
  int64_t sumBytes = narrowestOf(&query->addends), yBytes = narrowestOf(&query->results);
  int64_t gammaBytes = query->vectorBytes - query->biasBytes;
  if (kind == ADDNORM_GRAPH_F32) {
    addSums(&b, F32_BYTES, F32_BYTES);
    addNorm(&b, F32_BYTES, F32_BYTES, gammaBytes ? F32_BYTES : 0);
    return b.graph;
  }
  addSums(&b, sumBytes, 0);
  if (kind == ADDNORM_GRAPH_UNFUSED)
    addNorm(&b, sumBytes, yBytes, gammaBytes);
  else
    addFusedNorm(&b, sumBytes, yBytes);
  return b.graph;
}

/* --- baseline -------------------------------------------------------------------------------- */

/* The op with its sum as an output, as wide as its narrowest addend. */
static AddnormScheduleQuery withSum(const AddnormScheduleQuery *query) {
  AddnormScheduleQuery op = *query;
  if (countTypes(&op.results) > 1)
    return op;
  int64_t width = narrowestOf(&op.addends);
  op.sum = oneOf(width, false);
  op.results.f16 += op.sum.f16;
  op.results.f32 += op.sum.f32;
  op.elementBytes += width;
  op.narrowestBytes = min64(op.narrowestBytes, width);
  return op;
}

const char *addnormNpuBaseline(const AddnormScheduleQuery *query, const AddnormNpuTarget *target,
                               AddnormNpuBaseline *baseline) {
  AddnormScheduleQuery op = withSum(query);
  AddnormNpuSchedule *schedule = &baseline->schedule;
  const char *reason = addnormNpuScheduleCompute(&op, target, schedule);
  if (reason)
    return reason;
  int64_t unit = max64(schedule->lanes, addnormNpuAlignedElements(&op, target));
  int64_t most = schedule->chunk ? schedule->chunk : op.n;
  *schedule = (AddnormNpuSchedule){.lanes = schedule->lanes,
                                   .chunk = schedule->chunk,
                                   .rowTile = 1,
                                   .buffers = 2,
                                   .resultBuffers = 2,
                                   .block = schedule->block,
                                   .rowMask = true,
                                   .columnMask = true,
                                   .alignedRows = schedule->alignedRows,
                                   .grid = target->cores};
  most = min64(most, target->maxRowBytes ? target->maxRowBytes / F32_BYTES : most);
  for (int64_t tile = unit; tile < most + unit; tile += unit) {
    AddnormNpuSchedule longer = *schedule;
    longer.columnTile = longer.pitch = tile;
    longer.scratchBytes = addnormNpuScratchBytes(&op, target, &longer);
    if (longer.scratchBytes > target->scratchpadBytes)
      break;
    *schedule = longer;
  }
  if (schedule->columnTile == 0)
    return "two buffers of a piece of a row as wide as its lanes do not fit the scratchpad";
  AddnormNpuTarget masking = *target;
  masking.memoryCost += target->maskCost;
  AddnormNpuTraffic traffic = addnormNpuTraffic(&op, target, schedule);
  baseline->bytes = traffic.loaded + traffic.stored;
  baseline->cycles = addnormNpuModelCycles(&op, &masking, schedule);
  return NULL;
}
