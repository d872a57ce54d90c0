/* Calls compiled kernels over shapes and values, and compares the bits of all they write with those
 * of a golden file: one line per kernel and row length, with a hash of everything written. Plain C
 * without MLIR, for any processor.
 *
 *   same_bits GOLDEN [LONGEST [many]]    prints what differs and the counts; rows up to LONGEST
 *   same_bits --write                    prints the golden file
 *
 * `many` adds tensors that are larger than caches, whose results code may store around them. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "test/numeric/values.h"

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof *(array)))

/* One call. All tensors of full shape have the same row stride. */
typedef struct Call {
  int64_t rows, n, stride;
  void *addends[MAX_ADDENDS], *gamma, *y, *sum;
  float *rstd;
} Call;

typedef struct Kernel {
  const char *name;
  int32_t (*call)(const Call *c);
  int64_t n;        /* 0: any */
  int64_t manyRows; /* 0: not called on tensors larger than caches */
  int numAddends;
  Format addends[MAX_ADDENDS];
  bool bias[MAX_ADDENDS];
  Format gamma, y, sum;
  bool rstd;
} Kernel;

#include "kernels.inc"

/* --- a call ---------------------------------------------------------------------------------- */

/* How a kernel is called for a given length of the rows. */
typedef struct Form {
  int64_t rows;
  int64_t pad;  /* elements between the rows */
  bool special; /* each row has another pattern */
  bool inPlace; /* y lies over addend 0 and the sum over addend 1 where the types allow it */
} Form;

static const Form forms[] = {
    {0, 0, false, false}, {1, 0, false, false}, {3, 5, false, false},
    {3, 0, false, true},  {8, 3, true, false},
};

enum { UNTOUCHED = 0xa5, LINE = 64 };

/* At the start of a line, as only whole ones are stored around the caches. */
static void *allocate(int64_t elements) {
  size_t bytes = ((size_t)elements * sizeof(float) / LINE + 1) * LINE;
  return memset(aligned_alloc(LINE, bytes), UNTOUCHED, bytes);
}

static bool isOver(const Kernel *kernel, const Form *form, Format result, int addend) {
  return form->inPlace && addend < kernel->numAddends && !kernel->bias[addend] &&
         kernel->addends[addend] == result;
}

static Call prepare(const Kernel *kernel, const Form *form, int64_t n) {
  Call c = {.rows = form->rows, .n = n, .stride = n + form->pad};
  for (int k = 0; k < kernel->numAddends; ++k) {
    int64_t rows = kernel->bias[k] ? 1 : c.rows;
    c.addends[k] = allocate(rows * c.stride);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < n; ++i) {
        Pattern pattern =
            form->special && !kernel->bias[k] ? (Pattern)(1 + r % (NUM_PATTERNS - 1)) : ORDINARY;
        encode(kernel->addends[k], c.addends[k], r * c.stride + i,
               addendValue(kernel->addends[k], pattern, k, r, i, n));
      }
  }
  c.gamma = allocate(n);
  for (int64_t i = 0; kernel->gamma && i < n; ++i)
    encode(kernel->gamma, c.gamma, i, gammaValue(i));
  bool overFirst = isOver(kernel, form, kernel->y, 0);
  bool overSecond = kernel->sum && isOver(kernel, form, kernel->sum, 1);
  c.y = overFirst ? c.addends[0] : allocate(c.rows * c.stride);
  c.sum = overSecond ? c.addends[1] : allocate(c.rows * c.stride);
  c.rstd = allocate(c.rows);
  return c;
}

static void release(const Kernel *kernel, Call *c) {
  if (c->y != c->addends[0])
    free(c->y);
  if (kernel->numAddends < 2 || c->sum != c->addends[1])
    free(c->sum);
  for (int k = 0; k < kernel->numAddends; ++k)
    free(c->addends[k]);
  free(c->gamma);
  free(c->rstd);
}

/* --- results --------------------------------------------------------------------------------- */

/* The bits of an element; of a NaN, always the same. */
static uint32_t bitsOf(Format format, const void *data, int64_t i) {
  if (format == F32) {
    uint32_t bits = ((const uint32_t *)data)[i];
    return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits;
  }
  uint16_t bits = ((const uint16_t *)data)[i], infinity = format == F16 ? 0x7c00 : 0x7f80;
  return (bits & 0x7fff) > infinity ? 0x7fff : bits;
}

typedef struct Digest {
  uint64_t hash;
  int64_t elements;
} Digest;

/* Padding is part of it: nobody may write there. */
static void addElements(Digest *digest, Format format, const void *data, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    digest->hash = mixBits(digest->hash ^ bitsOf(format, data, i));
  digest->elements += count;
}

static void run(const Kernel *kernel, const Form *form, int64_t n, Digest *digest) {
  Call c = prepare(kernel, form, n);
  digest->hash = mixBits(digest->hash ^ (uint64_t)kernel->call(&c));
  addElements(digest, kernel->y, c.y, c.rows * c.stride);
  if (kernel->sum)
    addElements(digest, kernel->sum, c.sum, c.rows * c.stride);
  if (kernel->rstd)
    addElements(digest, F32, c.rstd, c.rows);
  release(kernel, &c);
}

/* --- the sweep ------------------------------------------------------------------------------- */

static const int64_t lengths[] = {0, 1, 2, 7, 63, 64, 65, 100, 128, 1000, 4096, 5121};

typedef struct Sweep {
  FILE *golden; /* null: write it */
  int64_t longest;
  bool many;
  int64_t compared, elements, differing;
} Sweep;

/* Kernels are in the file's order, but not all of them need be there. */
static uint64_t expectedHash(FILE *golden, const char *kernel, const char *forms, int64_t n) {
  char name[64], kind[16];
  int64_t length;
  uint64_t hash;
  while (fscanf(golden, "%63s %15s %" SCNd64 " %" SCNx64, name, kind, &length, &hash) == 4)
    if (length == n && strcmp(kind, forms) == 0 && strcmp(name, kernel) == 0)
      return hash;
  fprintf(stderr, "the golden file lacks %s, %s rows of %" PRId64 ": write it anew\n", kernel,
          forms, n);
  exit(2);
}

static void check(Sweep *sweep, const Kernel *kernel, const char *kind, const Form *form,
                  int64_t count, int64_t n) {
  uint64_t expected = sweep->golden ? expectedHash(sweep->golden, kernel->name, kind, n) : 0;
  if (n > sweep->longest)
    return;
  Digest digest = {0, 0};
  for (int64_t f = 0; f < count; ++f)
    run(kernel, &form[f], n, &digest);
  if (!sweep->golden) {
    printf("%s %s %" PRId64 " %016" PRIx64 "\n", kernel->name, kind, n, digest.hash);
    return;
  }
  ++sweep->compared;
  sweep->elements += digest.elements;
  if (digest.hash == expected)
    return;
  ++sweep->differing;
  printf("%s, %s rows of %" PRId64 ": other bits\n", kernel->name, kind, n);
}

static void checkKernel(Sweep *sweep, const Kernel *kernel) {
  if (kernel->n)
    check(sweep, kernel, "few", forms, COUNT(forms), kernel->n);
  for (int64_t l = 0; !kernel->n && l < COUNT(lengths); ++l)
    check(sweep, kernel, "few", forms, COUNT(forms), lengths[l]);
  Form many = {.rows = kernel->manyRows};
  if (sweep->many && many.rows)
    check(sweep, kernel, "many", &many, 1, 4096);
}

int main(int argc, char **argv) {
  bool writes = argc == 2 && strcmp(argv[1], "--write") == 0;
  if (argc < 2 || argc > 4)
    return 2;
  Sweep sweep = {.golden = writes ? NULL : fopen(argv[1], "r"),
                 .longest = argc > 2 ? atoll(argv[2]) : INT64_MAX,
                 .many = writes || argc > 3};
  if (!writes && !sweep.golden) {
    perror(argv[1]);
    return 2;
  }
  for (int64_t k = 0; k < COUNT(kernels); ++k)
    checkKernel(&sweep, &kernels[k]);
  if (!writes)
    printf("%" PRId64 " results of %" PRId64 " elements compared, %" PRId64 " differ\n",
           sweep.compared, sweep.elements, sweep.differing);
  return sweep.differing != 0;
}
