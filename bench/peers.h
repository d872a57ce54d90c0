/* Other libraries, each in a process of its own (peers.py), which addnorm-bench times in turn with
 * its own kernels. A process stands still while others are timed. */

#ifndef ADDNORM_BENCH_PEERS_H
#define ADDNORM_BENCH_PEERS_H

#include <stdio.h>
#include <sys/types.h>

#include "bench/kernels.h"

typedef struct BenchPeer {
  const char *name;
  int threads;
  pid_t process; /* 0: it does not run */
  FILE *requests, *replies;
  char version[64];
  char reason[256]; /* why it does not run, or the first case it was left out of */
  int leftOut;      /* times */
} BenchPeer;

enum { BENCH_NUM_PEERS = 6 };

typedef struct BenchPeers {
  BenchPeer peers[2 * BENCH_NUM_PEERS];
  int count;
  int file; /* the tensors of a case, shared with all of them */
  void *memory;
  size_t size;
} BenchPeers;

/* Starts each peer with each of the thread counts; those whose library `python` does not have do
 * not run. With a null `python` there are none. The caller stops them, after a failure too. */
bool benchPeersStart(BenchPeers *peers, const char *python, const int threads[], int numThreads,
                     ExecError *error);
void benchPeersStop(BenchPeers *peers);

/* Gives all peers the inputs of `norm` and lets them compile. */
bool benchPeersPrepare(BenchPeers *peers, const BenchNorm *norm, ExecError *error);

/* Whether `peer` is ready for the case that was prepared and its outputs are right; otherwise it is
 * left out of the case. */
bool benchPeerIsReady(BenchPeers *peers, BenchPeer *peer, const BenchNorm *norm);

/* The time of so many calls: processor time of one thread, real time of more. */
bool benchPeerRun(BenchPeer *peer, int calls, double *ms, ExecError *error);

#endif /* ADDNORM_BENCH_PEERS_H */
