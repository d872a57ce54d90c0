/* What a launch was like, as a picture: a lane for each core, in it a row for its loads, its work
 * and its stores, and in those of transfers a lane for each queue. */

#include "lib/runtime/timeline.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* In pixels. */
enum {
  LEFT = 140,
  RIGHT = 28,
  TOP = 92,
  BOTTOM = 46,
  PLOT = 1032,
  BAR = 12,
  GAP = 3, /* between the rows of a core; twice between cores */
};

static const char *const colours[MACHINE_UNITS] = {"#0072b2", "#e69f00", "#009e73"};
#define LAUNCH "#bbb"
#define FAINT " fill-opacity=\"0.25\""

typedef struct Drawing {
  const MachineTimeline *timeline;
  FILE *file;
  int64_t lanes[MACHINE_UNITS];      /* of each unit */
  int64_t firstQueue[MACHINE_UNITS]; /* that it uses */
  double scale;                      /* pixels per cycle */
} Drawing;

static double unitHeight(const Drawing *d, int unit) { return (double)(d->lanes[unit] * BAR); }

static double coreHeight(const Drawing *d) {
  double height = GAP * (MACHINE_UNITS - 1);
  for (int unit = 0; unit < MACHINE_UNITS; ++unit)
    height += unitHeight(d, unit);
  return height;
}

/* Of core number `i` of those that took part. */
static double unitTop(const Drawing *d, int64_t i, int unit) {
  double top = TOP + 2 * GAP + (double)i * (coreHeight(d) + 4 * GAP);
  for (int above = 0; above < unit; ++above)
    top += unitHeight(d, above) + GAP;
  return top;
}

static double bottomOf(const Drawing *d) {
  return unitTop(d, d->timeline->cycles.cores, 0) - 2 * GAP;
}

static void findLanes(Drawing *d) {
  for (int unit = 0; unit < MACHINE_UNITS; ++unit)
    d->lanes[unit] = 1, d->firstQueue[unit] = INT64_MAX;
  for (int64_t i = 0; i < d->timeline->numSpans; ++i) {
    const AddnormMachineSpan *span = &d->timeline->spans[i];
    if (span->queue < d->firstQueue[span->unit])
      d->firstQueue[span->unit] = span->queue;
  }
  for (int64_t i = 0; i < d->timeline->numSpans; ++i) {
    const AddnormMachineSpan *span = &d->timeline->spans[i];
    int64_t lane = span->queue - d->firstQueue[span->unit];
    if (lane >= d->lanes[span->unit])
      d->lanes[span->unit] = lane + 1;
  }
}

static void drawText(const Drawing *d, double x, double y, const char *style, const char *text) {
  fprintf(d->file, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, style);
  for (; *text; ++text) {
    if (*text == '<' || *text == '&')
      fprintf(d->file, "&#%d;", *text);
    else
      fputc(*text, d->file);
  }
  fputs("</text>\n", d->file);
}

static void drawBar(const Drawing *d, double x, double y, double width, const char *colour,
                    const char *style) {
  fprintf(d->file, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"%s/>\n", x,
          y, width, BAR, colour, style);
}

static void drawHead(const Drawing *d) {
  const AddnormMachineCycles *c = &d->timeline->cycles;
  double width = LEFT + PLOT + RIGHT, height = bottomOf(d) + BOTTOM;
  char text[256];
  fprintf(d->file,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
          "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#333\">\n"
          "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
          width, height, width, height);
  snprintf(text, sizeof text, "%s, launch %" PRId64 ": %" PRId64 " core%s, %.0f cycles",
           d->timeline->target->name, d->timeline->launch, c->cores, c->cores == 1 ? "" : "s",
           c->cycles);
  drawText(d, 16, 28, " font-size=\"17\" font-weight=\"bold\"", text);
  snprintf(
      text, sizeof text,
      "Bound by %s. Core %" PRId64 " is the last: DMA %.0f, compute %.0f, first load %.0f, "
      "last store %.0f, bound %.0f. Busy: queues %.0f %%, memory %.0f %%, vector units %.0f %%.",
      machineBoundName(c->bound), c->slowest, c->dma, c->compute, c->firstLoad, c->lastStore,
      c->boundCycles, 100 * c->queueUse, 100 * c->memoryUse, 100 * c->computeUse);
  drawText(d, 16, 48, "", text);
}

static void drawLegend(const Drawing *d) {
  static const int columns[MACHINE_UNITS] = {0, 70, 160};
  double x = LEFT, y = 62;
  for (int unit = 0; unit < MACHINE_UNITS; ++unit) {
    drawBar(d, x + columns[unit], y, 18, colours[unit], "");
    drawText(d, x + columns[unit] + 24, y + 10, "", machineUnitName((AddnormMachineUnit)unit));
  }
  drawBar(d, x + 235, y, 9, colours[ADDNORM_UNIT_LOAD], FAINT);
  drawBar(d, x + 244, y, 9, colours[ADDNORM_UNIT_STORE], FAINT);
  drawText(d, x + 259, y + 10, "", "latency, until a transfer is complete");
  drawBar(d, x + 490, y, 18, LAUNCH, "");
  drawText(d, x + 514, y + 10, "", "launch");
}

/* A step of 1, 2 or 5 times a power of ten, with 5 to 12 of them in all. */
static double tickStep(double cycles) {
  double step = pow(10, floor(log10(cycles / 5)));
  while (cycles / step > 12)
    step *= cycles / step > 24 ? 5 : 2;
  return step;
}

static void drawAxis(const Drawing *d) {
  double cycles = d->timeline->cycles.cycles, bottom = bottomOf(d);
  double step = cycles > 0 ? tickStep(cycles) : 1;
  for (double at = 0; at <= cycles; at += step) {
    double x = LEFT + at * d->scale;
    char text[32];
    fprintf(d->file, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", x,
            TOP, x, bottom + 5);
    snprintf(text, sizeof text, "%.0f", at);
    drawText(d, x, bottom + 18, " text-anchor=\"middle\"", text);
  }
  drawText(d, LEFT + PLOT / 2.0, bottom + 36, " text-anchor=\"middle\"", "cycles");
}

static void drawLabels(const Drawing *d) {
  for (int64_t i = 0; i < d->timeline->cycles.cores; ++i) {
    char text[32];
    snprintf(text, sizeof text, "core %" PRId64, d->timeline->cores[i]);
    double top = unitTop(d, i, 0), middle = top + coreHeight(d) / 2;
    if (i % 2 == 0)
      fprintf(d->file, "<rect x=\"8\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"#f4f4f4\"/>\n",
              top - 2 * GAP, LEFT + PLOT - 8, coreHeight(d) + 4 * GAP);
    drawText(d, 16, middle + 4, " font-weight=\"bold\"", text);
    for (int unit = 0; unit < MACHINE_UNITS; ++unit)
      drawText(d, LEFT - 8, unitTop(d, i, unit) + unitHeight(d, unit) / 2 + 4,
               " text-anchor=\"end\"", machineUnitName((AddnormMachineUnit)unit));
    drawBar(d, LEFT, unitTop(d, i, ADDNORM_UNIT_COMPUTE),
            d->timeline->target->launchCycles * d->scale, LAUNCH, "");
  }
}

/* Too narrow to be told from its neighbours. */
static bool isNarrow(const Drawing *d, const AddnormMachineSpan *span) {
  return (span->end - span->begin) * d->scale <= 4;
}

/* Narrow spans of one lane with no visible gap between them are one bar. Returns the first span
 * that was not drawn. */
static int64_t drawSpan(const Drawing *d, int64_t i, double y, const char *colour) {
  const AddnormMachineSpan *first = &d->timeline->spans[i], *last = first, *next;
  for (++i; i < d->timeline->numSpans; ++i, last = next) {
    next = &d->timeline->spans[i];
    if (next->core != first->core || next->unit != first->unit || next->queue != first->queue ||
        !isNarrow(d, last) || !isNarrow(d, next) || (next->begin - last->end) * d->scale >= 0.5)
      break;
  }
  double x = LEFT + first->begin * d->scale, end = LEFT + last->end * d->scale;
  if (last->complete > last->end)
    drawBar(d, end, y, (last->complete - last->end) * d->scale, colour, FAINT);
  drawBar(d, x, y, fmax(end - x, 0.5), colour,
          isNarrow(d, first) ? "" : " stroke=\"white\" stroke-width=\"0.5\"");
  return i;
}

static void drawSpans(const Drawing *d) {
  int64_t core = 0;
  for (int64_t i = 0; i < d->timeline->numSpans;) {
    const AddnormMachineSpan *span = &d->timeline->spans[i];
    while (d->timeline->cores[core] != span->core)
      ++core;
    double lane = (double)(span->queue - d->firstQueue[span->unit]);
    i = drawSpan(d, i, unitTop(d, core, span->unit) + lane * BAR, colours[span->unit]);
  }
}

bool addnormMachineDrawTimeline(const AddnormMachine *machine, int64_t launch,
                                const AddnormNpuTarget *target, FILE *file) {
  MachineTimeline timeline;
  bool done = machineTimelineCreate(&timeline, machine, launch, target);
  if (done) {
    Drawing drawing = {.timeline = &timeline, .file = file};
    drawing.scale = PLOT / fmax(timeline.cycles.cycles, 1);
    findLanes(&drawing);
    drawHead(&drawing);
    drawLegend(&drawing);
    drawLabels(&drawing);
    drawAxis(&drawing);
    drawSpans(&drawing);
    fputs("</svg>\n", file);
  }
  machineTimelineDestroy(&timeline);
  return done;
}
