/* The kernels that work on one case, each with a number of threads: compiled here, written by hand,
 * or a peer. */

#ifndef ADDNORM_BENCH_COLUMNS_H
#define ADDNORM_BENCH_COLUMNS_H

#include "bench/cases.h"
#include "bench/compiled.h"
#include "bench/peers.h"

typedef struct BenchColumn {
  const char *kernel;
  int threads;
  /* One of these. */
  BenchCompiled *compiled;
  void (*native)(const BenchNorm *norm);
  BenchPeer *peer;

  bool alone; /* the norm of one addend, where the others have two */
  double us;  /* of a call, once it was timed */
} BenchColumn;

enum { BENCH_MAX_COLUMNS = 32, BENCH_MAX_COMPILED = 5 };

typedef struct BenchColumns {
  BenchTensors *tensors; /* of the caller */
  BenchNorm norm;        /* on them */
  BenchColumn columns[BENCH_MAX_COLUMNS];
  int count;
  BenchCompiled compiled[BENCH_MAX_COMPILED];
  int numCompiled;
} BenchColumns;

/* What the columns are made of. */
typedef struct BenchSetup {
  const int *threads; /* one, or all cores, or both in this order: a column for each */
  int numThreads;
  BenchPeers *peers;
  bool quick;
} BenchSetup;

/* What a column computes. */
BenchNorm benchColumnNorm(const BenchColumns *columns, const BenchColumn *column);

/* Compiles the op on `tensors` and compares all outputs: those of the compiled kernels and of the
 * peers with an f64 reference, those of the hand-written ones with addnorm's, bit for bit. Peers
 * that cannot do it, or do it wrong, are left out. The caller destroys the columns, after a failure
 * too. */
bool benchColumnsCreate(BenchColumns *columns, BenchTensors *tensors, bool hasSum,
                        const BenchSetup *setup, ExecError *error);
void benchColumnsDestroy(BenchColumns *columns);

/* Times all columns, in turns, and moves the tensors between these. */
bool benchColumnsTime(BenchColumns *columns, const BenchSetup *setup, ExecError *error);

#endif /* ADDNORM_BENCH_COLUMNS_H */
