/* The processors that code is compiled for: the facts a schedule needs, and what LLVM has to be
 * told. They are not targets of addnorm-lower: one target emits for all of them. */

#ifndef ADDNORM_CODEGEN_CPU_H
#define ADDNORM_CODEGEN_CPU_H

#include "codegen/schedule.h"
#include "mlir-c/Support.h"

typedef struct AddnormCpu {
  const char *name;
  const char *summary; /* one line */
  const char *triple;  /* this and the next two as LLVM spells them */
  const char *cpu;
  const char *features; /* all that code may use beyond the base of the architecture, "+a,+b" */
  const char *tune; /* the processor whose latencies instructions are ordered for; null: `cpu` */
  bool is32Bit;     /* pointers and sizes have 32 bits, otherwise 64 */
  bool lacksOpenMP; /* code of one thread only */
  AddnormTargetInfo info;
} AddnormCpu;

/* The processor called `name`, a constant; null when there is none. */
const AddnormCpu *addnormCpuFind(MlirStringRef name);

/* The processor called "native": this host's, asked once. */
const AddnormCpu *addnormCpuNative(void);

/* How many threads the option `threads` of addnorm-lower asks for there. */
int64_t addnormCpuThreads(const AddnormCpu *cpu, int64_t threads);

/* Whether this host can run code for `cpu`. */
bool addnormCpuRunsHere(const AddnormCpu *cpu);

/* Writes the known names, separated by commas, as snprintf does. */
int addnormCpuList(char *text, size_t size);

#endif /* ADDNORM_CODEGEN_CPU_H */
