/* Checks programs: fuses them in each way, and compares what they compute before and after. */

#ifndef ADDNORM_FUZZ_CHECK_H
#define ADDNORM_FUZZ_CHECK_H

#include "lib/exec/model.h"
#include "tools/addnorm-fuzz/program.h"

typedef enum Verdict { VERDICT_OK, VERDICT_WRONG, VERDICT_MISSED, VERDICT_CRASHED } Verdict;

typedef struct Finding {
  Verdict verdict;
  char why[400];
} Finding;

/* Checks `count` programs in one module of the context of `host`; `seeds` are those of their
 * inputs. False where not all of them could be checked because of one: they have to be checked one
 * by one. */
bool checkPrograms(ExecModel *host, const Program *programs, const uint64_t *seeds, int count,
                   Finding *findings);

/* Compares the functions of two modules, in exact arithmetic, or as written if `written`. False
 * with the reason in `error` where they differ. */
bool checkModules(ExecModel *before, ExecModel *after, bool written, ExecError *error);

/* The text of the program as addnorm-fuse is given it, behind its clean-up. The caller frees it. */
char *checkPrintProgram(ExecModel *host, const Program *program);

#endif /* ADDNORM_FUZZ_CHECK_H */
