#include "tools/addnorm-fuzz/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 50, BATCH_SECONDS = 60, PROGRAM_SECONDS = 20 };

static const char *const verdictNames[] = {"ok", "wrong", "missed", "crashed"};

typedef struct Shared {
  bool done;
  Finding findings[BATCH];
} Shared;

typedef struct Runner {
  ExecModel model; /* of the context that every child inherits */
  ExecError error;
  Shared *shared;
  const RunOptions *options;
  uint64_t tally[VERDICT_CRASHED + 1];
} Runner;

/* The seed of one program, whatever the batch it is in. */
static uint64_t seedOf(const RunOptions *options, uint64_t number) {
  uint64_t state = options->seed * 0x2545f4914f6cdd1du + number;
  return randomNext(&state);
}

/* Checks programs in a child. False where it crashed, hung, or could not check all of them. */
static bool checkInChild(Runner *r, const Choices *choices, const uint64_t *seeds, int count) {
  r->shared->done = false;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    alarm(count > 1 ? BATCH_SECONDS : PROGRAM_SECONDS);
    Program programs[BATCH];
    for (int i = 0; i < count; ++i)
      programs[i] = programCompose(&choices[i], i);
    r->shared->done =
        checkPrograms(&r->model, programs, seeds, count, r->shared->findings) || count == 1;
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0)
    return false;
  if (!r->shared->done && count == 1) {
    Finding *finding = &r->shared->findings[0];
    finding->verdict = VERDICT_CRASHED;
    int killedBy = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    snprintf(finding->why, sizeof finding->why, "%s",
             killedBy == SIGALRM ? "it takes too long" : strsignal(killedBy));
  }
  return r->shared->done;
}

static Finding checkOne(Runner *r, const Choices *choices, uint64_t seed) {
  checkInChild(r, choices, &seed, 1);
  return r->shared->findings[0];
}

/* Sets choices to their default while the verdict stays. */
static Finding shrink(Runner *r, Choices *choices, uint64_t seed, Finding finding) {
  bool smaller = true;
  while (smaller) {
    smaller = false;
    for (int i = 0; i < NUM_CHOICES; ++i) {
      Choices simpler = *choices;
      simpler.of[i] = 0;
      if (choices->of[i] == 0)
        continue;
      Finding found = checkOne(r, &simpler, seed);
      if (found.verdict != finding.verdict)
        continue;
      *choices = simpler;
      finding = found;
      smaller = true;
    }
  }
  return finding;
}

/* Writes the program as addnorm-fuse gets it, or, where its clean-up ends the process, as it was
 * generated. */
static void writeProgram(Runner *r, const Choices *choices, FILE *out) {
  Program program = programCompose(choices, 0);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    alarm(PROGRAM_SECONDS);
    fputs(checkPrintProgram(&r->model, &program), out);
    fflush(out);
    _exit(EXIT_SUCCESS);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
    fputs(program.text, out);
  free(program.text);
}

static void report(Runner *r, uint64_t number, Choices choices, Finding finding) {
  uint64_t seed = seedOf(r->options, number);
  finding = shrink(r, &choices, seed, finding);
  char path[4096];
  snprintf(path, sizeof path, "%s/%s-%" PRIu64 "-%" PRIu64 ".mlir", r->options->directory,
           verdictNames[finding.verdict], r->options->seed, number);
  printf("%s: %s\n", path, finding.why);
  FILE *out = fopen(path, "w");
  if (!out) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  fprintf(out, "// %s: %s\n", verdictNames[finding.verdict], finding.why);
  choicesPrint(&choices, "//   ", out);
  writeProgram(r, &choices, out);
  fclose(out);
}

static void runBatch(Runner *r, uint64_t first, int count) {
  Choices choices[BATCH];
  uint64_t seeds[BATCH];
  Finding findings[BATCH];
  for (int i = 0; i < count; ++i) {
    seeds[i] = seedOf(r->options, first + (uint64_t)i);
    choices[i] = choicesDraw(seeds[i]);
  }
  if (checkInChild(r, choices, seeds, count))
    memcpy(findings, r->shared->findings, sizeof *findings * (size_t)count);
  else
    for (int i = 0; i < count; ++i)
      findings[i] = checkOne(r, &choices[i], seeds[i]);
  for (int i = 0; i < count; ++i) {
    ++r->tally[findings[i].verdict];
    if (findings[i].verdict != VERDICT_OK)
      report(r, first + (uint64_t)i, choices[i], findings[i]);
  }
}

static void printPrograms(const RunOptions *options) {
  for (uint64_t i = options->first; i < options->first + options->count; ++i) {
    Choices choices = choicesDraw(seedOf(options, i));
    Program program = programCompose(&choices, (int)i);
    choicesPrint(&choices, "// ", stdout);
    fputs(program.text, stdout);
    free(program.text);
  }
}

bool runPrograms(const RunOptions *options) {
  if (options->print) {
    printPrograms(options);
    return true;
  }
  Runner r = {.options = options};
  if (mkdir(options->directory, 0777) != 0 && errno != EEXIST) {
    fprintf(stderr, "addnorm-fuzz: %s: %s\n", options->directory, strerror(errno));
    return false;
  }
  if (!execModelParse(&r.model, "program", "module {}", &r.error)) {
    fprintf(stderr, "addnorm-fuzz: %s\n", r.error.text);
    return false;
  }
  r.shared =
      mmap(NULL, sizeof *r.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (uint64_t done = 0; done < options->count; done += BATCH) {
    uint64_t left = options->count - done;
    runBatch(&r, options->first + done, left < BATCH ? (int)left : BATCH);
  }
  munmap(r.shared, sizeof *r.shared);
  execModelDestroy(&r.model);
  printf("%" PRIu64 " programs, %" PRIu64 " wrong, %" PRIu64 " missed, %" PRIu64 " crashed\n",
         options->count, r.tally[VERDICT_WRONG], r.tally[VERDICT_MISSED], r.tally[VERDICT_CRASHED]);
  return r.tally[VERDICT_OK] == options->count;
}
