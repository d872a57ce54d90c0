#include "bench/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { MAX_THREADS = 256, PATIENT_LOOKS = 10000 };

static cpu_set_t processCores(void) {
  static cpu_set_t cores;
  static bool known;
  if (!known)
    known = sched_getaffinity(0, sizeof cores, &cores) == 0;
  return cores;
}

static cpu_set_t oneCore(int index) {
  cpu_set_t all = processCores(), one;
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &all) && index-- == 0)
      CPU_SET(core, &one);
  return one;
}

int benchNumCores(void) {
  cpu_set_t cores = processCores();
  int count = CPU_COUNT(&cores);
  return count < MAX_THREADS ? count : MAX_THREADS;
}

void benchPin(bool pinned) {
  cpu_set_t all = processCores();
  cpu_set_t cores = pinned ? oneCore(0) : all;
  sched_setaffinity(0, sizeof cores, &cores);
}

double benchRealTime(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* Threads wait for each other by looking, as they meet after less than a microsecond; where another
 * process has the core of one, the others give theirs up. */
typedef struct Barrier {
  atomic_int waiting, generation;
} Barrier;

static void meet(Barrier *barrier, int threads) {
  int generation = atomic_load(&barrier->generation);
  if (atomic_fetch_add(&barrier->waiting, 1) == threads - 1) {
    atomic_store(&barrier->waiting, 0);
    atomic_store(&barrier->generation, generation + 1);
  } else {
    for (int looks = 0; atomic_load(&barrier->generation) == generation; ++looks)
      if (looks > PATIENT_LOOKS)
        sched_yield();
  }
}

typedef struct Team {
  void (*run)(const BenchNorm *norm);
  int threads, calls;
  Barrier barrier;
} Team;

typedef struct Member {
  Team *team;
  int index;
  BenchNorm norm; /* its rows */
  double ms;
} Member;

static BenchNorm shareOf(const BenchNorm *norm, int index, int threads) {
  int64_t first = norm->rows * index / threads, end = norm->rows * (index + 1) / threads;
  size_t offset = (size_t)(first * norm->n) * execElementSize(norm->type);
  BenchNorm share = *norm;
  share.rows = end - first;
  share.x = (const char *)norm->x + offset;
  share.y = (char *)norm->y + offset;
  if (norm->r)
    share.r = (const char *)norm->r + offset;
  if (norm->sum)
    share.sum = (char *)norm->sum + offset;
  return share;
}

static void *work(void *data) {
  Member *member = data;
  Team *team = member->team;
  cpu_set_t core = oneCore(member->index);
  sched_setaffinity(0, sizeof core, &core);
  double start = 0;
  for (int call = -1; call < team->calls; ++call) {
    if (call == 0)
      start = benchRealTime();
    if (member->norm.rows > 0)
      team->run(&member->norm);
    meet(&team->barrier, team->threads);
  }
  member->ms = benchRealTime() - start;
  return NULL;
}

double benchRunThreads(void (*run)(const BenchNorm *norm), const BenchNorm *norm, int threads,
                       int calls) {
  Team team = {.run = run, .threads = threads, .calls = calls};
  Member members[MAX_THREADS];
  pthread_t handles[MAX_THREADS];
  for (int i = 0; i < threads; ++i) {
    members[i] = (Member){&team, i, shareOf(norm, i, threads), 0};
    if (i > 0)
      pthread_create(&handles[i], NULL, work, &members[i]);
  }
  work(&members[0]);
  for (int i = 1; i < threads; ++i)
    pthread_join(handles[i], NULL);
  benchPin(false);
  return members[0].ms;
}
