#include "tools/addnorm-demo/graph.h"

#include <inttypes.h>
#include <stdio.h>

static const char head[] = "#data = affine_map<(d0, d1) -> (d0, d1)>\n"
                           "#column = affine_map<(d0, d1) -> (d0, 0)>\n"
                           "#vector = affine_map<(d0, d1) -> (d1)>\n"
                           "!element = %1$s\n"
                           "!data = tensor<%2$" PRId64 "x%3$" PRId64 "x%1$s>\n"
                           "!wide = tensor<%2$" PRId64 "x%3$" PRId64 "xf32>\n"
                           "!column = tensor<%2$" PRId64 "x1xf32>\n"
                           "!vector = tensor<%3$" PRId64 "x%4$s>\n";

/* In what follows $k is the layer, $j the one before; $t and $u are the norm's input and its
 * normalised value. */

static const char constants[] = "    %c2_i64 = arith.constant 2 : i64\n"
                                "    %zero = arith.constant 0.000000e+00 : f32\n"
                                "    %eps = arith.constant 1.000000e-05 : f64\n"
                                "    %data = tensor.empty() : !data\n"
                                "    %wide = tensor.empty() : !wide\n"
                                "    %column = tensor.empty() : !column\n";

static const char add[] =
    "    %x$k = linalg.generic {indexing_maps = [#data, #data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%x$j, %a$k : !data, !data) outs(%data : !data) {\n"
    "    ^bb0(%in: !element, %in_1: !element, %out: !element):\n"
    "      %0 = arith.addf %in, %in_1 : !element\n"
    "      linalg.yield %0 : !element\n"
    "    } -> !data\n";

/* Both conversions are absent from a graph on f32. */
static const char widen[] =
    "    %wide$k = linalg.generic {indexing_maps = [#data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%x$k : !data) outs(%wide : !wide) {\n"
    "    ^bb0(%in: !element, %out: f32):\n"
    "      %0 = arith.extf %in : !element to f32\n"
    "      linalg.yield %0 : f32\n"
    "    } -> !wide\n";
static const char narrow[] =
    "    %narrow$k = linalg.generic {indexing_maps = [#data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%normal$k : !wide) outs(%data : !data) {\n"
    "    ^bb0(%in: f32, %out: !element):\n"
    "      %0 = arith.truncf %in : f32 to !element\n"
    "      linalg.yield %0 : !element\n"
    "    } -> !data\n";

static const char norm[] =
    "    %square$k = linalg.generic {indexing_maps = [#data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%$t$k : !wide) outs(%wide : !wide) {\n"
    "    ^bb0(%in: f32, %out: f32):\n"
    "      %0 = math.fpowi %in, %c2_i64 : f32, i64\n"
    "      linalg.yield %0 : f32\n"
    "    } -> !wide\n"
    "    %start$k = linalg.fill ins(%zero : f32) outs(%column : !column) -> !column\n"
    "    %total$k = linalg.generic {indexing_maps = [#data, #column], iterator_types = "
    "[\"parallel\", \"reduction\"]} ins(%square$k : !wide) outs(%start$k : !column) {\n"
    "    ^bb0(%in: f32, %out: f32):\n"
    "      %0 = arith.addf %in, %out : f32\n"
    "      linalg.yield %0 : f32\n"
    "    } -> !column\n"
    "    %mean$k = linalg.generic {indexing_maps = [#data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%total$k : !column) outs(%column : !column) {\n"
    "    ^bb0(%in: f32, %out: f32):\n"
    "      %0 = arith.divf %in, %n : f32\n"
    "      linalg.yield %0 : f32\n"
    "    } -> !column\n"
    "    %radicand$k = linalg.generic {indexing_maps = [#data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%mean$k : !column) outs(%column : !column) {\n"
    "    ^bb0(%in: f32, %out: f32):\n"
    "      %0 = arith.truncf %eps : f64 to f32\n"
    "      %1 = arith.addf %in, %0 : f32\n"
    "      linalg.yield %1 : f32\n"
    "    } -> !column\n"
    "    %rstd$k = linalg.generic {indexing_maps = [#data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%radicand$k : !column) outs(%column : !column) {\n"
    "    ^bb0(%in: f32, %out: f32):\n"
    "      %0 = math.rsqrt %in : f32\n"
    "      linalg.yield %0 : f32\n"
    "    } -> !column\n"
    "    %normal$k = linalg.generic {indexing_maps = [#data, #column, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%$t$k, %rstd$k : !wide, !column) outs(%wide : !wide) {\n"
    "    ^bb0(%in: f32, %in_1: f32, %out: f32):\n"
    "      %0 = arith.mulf %in, %in_1 : f32\n"
    "      linalg.yield %0 : f32\n"
    "    } -> !wide\n";

static const char scale[] =
    "    %y$k = linalg.generic {indexing_maps = [#vector, #data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%gamma, %$u$k : !vector, !data) outs(%data : !data) {\n"
    "    ^bb0(%in: !element, %in_1: !element, %out: !element):\n"
    "      %0 = arith.mulf %in, %in_1 : !element\n"
    "      linalg.yield %0 : !element\n"
    "    } -> !data\n";

static const char scaleWide[] =
    "    %y$k = linalg.generic {indexing_maps = [#vector, #data, #data], iterator_types = "
    "[\"parallel\", \"parallel\"]} ins(%gamma, %$u$k : !vector, !data) outs(%data : !data) {\n"
    "    ^bb0(%in: f32, %in_1: !element, %out: !element):\n"
    "      %0 = arith.extf %in_1 : !element to f32\n"
    "      %1 = arith.mulf %in, %0 : f32\n"
    "      %2 = arith.truncf %1 : f32 to !element\n"
    "      linalg.yield %2 : !element\n"
    "    } -> !data\n";

static void substitute(FILE *out, const char *text, int layer, bool isWide) {
  for (; *text; ++text)
    if (*text != '$')
      fputc(*text, out);
    else if (*++text == 'k' || *text == 'j')
      fprintf(out, "%d", *text == 'k' ? layer : layer - 1);
    else if (*text == 't')
      fputs(isWide ? "x" : "wide", out);
    else
      fputs(isWide ? "normal" : "narrow", out);
}

static void writeSignature(FILE *out, const DemoGraphSpec *spec) {
  fputs(spec->withoutAdd ? "func.func @main(%x1: !data" : "func.func @main(%x0: !data", out);
  for (int k = 1; k <= spec->numLayers && !spec->withoutAdd; ++k)
    fprintf(out, ", %%a%d: !data", k);
  fputs(", %gamma: !vector) -> (!data", out);
  for (int k = 2; k <= spec->numLayers + spec->returnsSum; ++k)
    fputs(", !data", out);
  fputs(") {\n", out);
}

static void writeReturn(FILE *out, const DemoGraphSpec *spec) {
  fputs("    return %y1", out);
  for (int k = 2; k <= spec->numLayers; ++k)
    fprintf(out, ", %%y%d", k);
  if (spec->returnsSum)
    fprintf(out, ", %%x%d", spec->numLayers);
  fputs(" : !data", out);
  for (int k = 2; k <= spec->numLayers + spec->returnsSum; ++k)
    fputs(", !data", out);
  fputs("\n}\n", out);
}

char *demoGraphWrite(const DemoGraphSpec *spec) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  bool isWide = spec->element == EXEC_F32;
  fprintf(out, head, execElementName(spec->element), spec->rows, spec->n,
          execElementName(spec->wideGamma ? EXEC_F32 : spec->element));
  writeSignature(out, spec);
  fputs(constants, out);
  fprintf(out, "    %%n = arith.constant %" PRId64 ".0 : f32\n", spec->n);
  for (int k = 1; k <= spec->numLayers; ++k) {
    if (!spec->withoutAdd)
      substitute(out, add, k, isWide);
    if (!isWide)
      substitute(out, widen, k, isWide);
    substitute(out, norm, k, isWide);
    if (!isWide)
      substitute(out, narrow, k, isWide);
    substitute(out, spec->wideGamma && !isWide ? scaleWide : scale, k, isWide);
  }
  writeReturn(out, spec);
  fclose(out);
  return text;
}
