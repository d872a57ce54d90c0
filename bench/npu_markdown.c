/* The tables of docs/npu-benchmarks.md: a case on a line, the targets side by side. */

#include <inttypes.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/npu_results.h"
#include "codegen/integers.h"
#include "lib/exec/file.h"

typedef struct Column {
  const char *name;
  void (*print)(FILE *out, const BenchNpuResult *result);
} Column;

static void printTile(FILE *out, const BenchNpuResult *r) {
  const AddnormNpuSchedule *schedule = &r->run.schedule;
  fprintf(out, "%s%" PRId64 "x%" PRId64, schedule->singlePass ? "" : "multi ", schedule->rowTile,
          min64(schedule->columnTile, r->n));
}

static void printBytes(FILE *out, const BenchNpuResult *r) {
  fprintf(out, "%" PRId64, benchNpuBytes(r));
}

static void printRatio(FILE *out, const BenchNpuResult *r) {
  fprintf(out, "%.3f%s", benchNpuRatio(r), benchNpuTilesPerCore(r) >= 2 ? "" : " *");
}

static void printGain(FILE *out, const BenchNpuResult *r) { fprintf(out, "%.2f", benchNpuGain(r)); }

static void printTimesBytes(FILE *out, const BenchNpuResult *r) {
  fprintf(out, "%.2f", benchNpuTimesBytes(r, ADDNORM_GRAPH_UNFUSED));
}

static void printOverUnfused(FILE *out, const BenchNpuResult *r) {
  fprintf(out, "%.2f", benchNpuSpeedUp(r, ADDNORM_GRAPH_UNFUSED));
}

static void printOverNorm(FILE *out, const BenchNpuResult *r) {
  fprintf(out, "%.2f", benchNpuSpeedUp(r, ADDNORM_GRAPH_NORM_ONLY));
}

static const Column ofPublished[] = {{"tile", printTile},
                                     {"bytes", printBytes},
                                     {"ratio", printRatio},
                                     {"gain", printGain},
                                     {NULL, NULL}};
static const Column ofOthers[] = {{"tile", printTile},          {"ratio", printRatio},
                                  {"bytes", printTimesBytes},   {"unfused", printOverUnfused},
                                  {"norm only", printOverNorm}, {NULL, NULL}};

typedef struct Section {
  const char *title, *note;
  const Column *columns;
} Section;

static const char ofModels[] =
    "`bytes` are those of the unfused graph against these; `unfused` and `norm only` are times as "
    "fast as those.\n\n";

static const Section sections[] = {
    [BENCH_NPU_PUBLISHED] = {"The published shapes",
                             "A published change of an NPU kernel to such a schedule gained 1.25 "
                             "to 2.35 on these rows. "
                             "`*` marks one tile per core.\n\n",
                             ofPublished},
    [BENCH_NPU_LARGE] = {"Shapes of models", ofModels, ofOthers},
    [BENCH_NPU_LONG] = {"Rows longer than the scratchpad", ofModels, ofOthers},
    [BENCH_NPU_GIVEN] = {"Shapes that were given", ofModels, ofOthers},
};

static void printHead(FILE *out, const Section *section, const BenchNpuResult *row,
                      int numTargets) {
  fprintf(out, "### %s\n\n%s| rows x N | type | sum |", section->title, section->note);
  for (int i = 0; i < numTargets; ++i)
    for (const Column *column = section->columns; column->name; ++column) {
      bool isFirst = column == section->columns;
      fprintf(out, " %s%s%s |", isFirst ? row[i].target->name : "", isFirst ? ": " : "",
              column->name);
    }
  fprintf(out, "\n|---|---|---|");
  for (int i = 0; i < numTargets; ++i)
    for (const Column *column = section->columns; column->name; ++column)
      fprintf(out, "---|");
  fprintf(out, "\n");
}

/* A case, whose results on all targets lie one behind the other. */
static void printRow(FILE *out, const Section *section, const BenchNpuResult *row, int numTargets) {
  fprintf(out, "| %" PRId64 "x%" PRId64 " | %s | %s |", row->rows, row->n,
          execElementName(row->type), row->sum ? "yes" : "no");
  for (int i = 0; i < numTargets; ++i)
    for (const Column *column = section->columns; column->name; ++column) {
      fprintf(out, " ");
      column->print(out, &row[i]);
      fprintf(out, " |");
    }
  fprintf(out, "\n");
}

static void printGains(FILE *out, const BenchNpuResults *results, const AddnormNpuTarget *targets,
                       int numTargets) {
  fprintf(out, "| gain over the baseline | least | median | most |\n|---|---|---|---|\n");
  for (int i = 0; i < numTargets; ++i) {
    double least, most, median = benchNpuGains(results, &targets[i], &least, &most);
    fprintf(out, "| %s | %.2f | %.2f | %.2f |\n", targets[i].name, least, median, most);
  }
  fprintf(out, "\n");
}

static void printSection(FILE *out, const BenchNpuResults *results, BenchNpuSection section,
                         const AddnormNpuTarget *targets, int numTargets) {
  bool any = false;
  for (int i = 0; i < results->count; i += numTargets) {
    const BenchNpuResult *row = &results->results[i];
    if (row->section != section)
      continue;
    if (!any)
      printHead(out, &sections[section], row, numTargets);
    any = true;
    printRow(out, &sections[section], row, numTargets);
  }
  if (any)
    fprintf(out, "\n");
  if (any && section == BENCH_NPU_PUBLISHED)
    printGains(out, results, targets, numTargets);
}

bool benchNpuWriteMarkdown(const char *path, const BenchNpuResults *results,
                           const AddnormNpuTarget *targets, int numTargets, ExecError *error) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  for (BenchNpuSection section = 0; section <= BENCH_NPU_GIVEN; ++section)
    printSection(out, results, section, targets, numTargets);
  fprintf(out, "### The bars\n\n```");
  benchNpuPrintBars(out, results, targets, numTargets);
  fprintf(out, "```\n");
  fclose(out);
  bool ok = execWriteText(path, text, error);
  free(text);
  return ok;
}
