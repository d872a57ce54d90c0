#include "lib/exec/jit.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/exec/tensor.h"
#include "llvm-c/Error.h"
#include "llvm-c/Orc.h"

/* A buffer the running code allocated, in front of its bytes. */
typedef struct Block {
  struct Block *previous, *next;
  size_t size;
  size_t pad; /* keeps the bytes aligned to 16, as malloc's are */
} Block;

typedef struct Call {
  Block blocks; /* list head */
  size_t alive, limit;
  ExecCallStats stats;
  ExecError *error;
  char said[1024]; /* what the code printed last: the text of an assertion */
  jmp_buf abandon;
} Call;

/* The call in progress on this thread. */
static _Thread_local Call running;

static void *runtimeMalloc(size_t size) {
  Call *call = &running;
  Block *block = size < call->limit - call->alive ? malloc(sizeof *block + size) : NULL;
  if (!block) {
    execFail(call->error,
             "the model needs a buffer of %zu bytes on top of %zu: more memory than is available",
             size, call->alive);
    longjmp(call->abandon, 1);
  }
  *block = (Block){call->blocks.previous, &call->blocks, size, 0};
  block->previous->next = block->next->previous = block;
  call->alive += size;
  call->stats.allocated += size;
  if (call->alive > call->stats.peakAllocated)
    call->stats.peakAllocated = call->alive;
  return block + 1;
}

static void runtimeFree(void *data) {
  if (!data)
    return;
  Block *block = (Block *)data - 1;
  block->previous->next = block->next;
  block->next->previous = block->previous;
  running.alive -= block->size;
  free(block);
}

/* cf.assert prints its text with puts, then aborts. */
static int runtimePuts(const char *text) {
  snprintf(running.said, sizeof running.said, "%s", text);
  return 0;
}

static void runtimeAbort(void) {
  execFail(running.error,
           "an assertion of the model failed%s%s; check the sizes and indices in the inputs",
           running.said[0] ? ": " : "", running.said);
  longjmp(running.abandon, 1);
}

static const struct {
  const char *name;
  void (*address)(void);
} runtime[] = {
    {"malloc", (void (*)(void))runtimeMalloc},
    {"free", (void (*)(void))runtimeFree},
    {"puts", (void (*)(void))runtimePuts},
    {"abort", runtimeAbort},
};
enum { NUM_RUNTIME = sizeof runtime / sizeof runtime[0] };

static bool failLlvm(ExecError *error, const char *what, LLVMErrorRef failure) {
  char *message = LLVMGetErrorMessage(failure);
  execFail(error, "%s: %s", what, message);
  LLVMDisposeErrorMessage(message);
  return false;
}

/* Everything else, such as libm's functions, comes from this process. */
static LLVMErrorRef defineSymbols(LLVMOrcLLJITRef jit) {
  LLVMOrcJITDylibRef dylib = LLVMOrcLLJITGetMainJITDylib(jit);
  LLVMOrcCSymbolMapPair symbols[NUM_RUNTIME];
  for (size_t i = 0; i < NUM_RUNTIME; ++i)
    symbols[i] = (LLVMOrcCSymbolMapPair){
        LLVMOrcLLJITMangleAndIntern(jit, runtime[i].name),
        {(LLVMOrcExecutorAddress)(uintptr_t)runtime[i].address,
         {LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable, 0}}};
  LLVMErrorRef failure = LLVMOrcJITDylibDefine(dylib, LLVMOrcAbsoluteSymbols(symbols, NUM_RUNTIME));
  if (failure)
    return failure;
  LLVMOrcDefinitionGeneratorRef process;
  failure = LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(
      &process, LLVMOrcLLJITGetGlobalPrefix(jit), NULL, NULL);
  if (!failure)
    LLVMOrcJITDylibAddGenerator(dylib, process);
  return failure;
}

/* The session reports the cause, such as a missing symbol; the lookup then only says that it
 * failed. */
static void onSessionError(void *data, LLVMErrorRef failure) {
  failLlvm(data, "cannot load the compiled code", failure);
}

/* Freed buffers stay with the process, as in any runtime for models: new pages from Linux would
 * take longer than the kernels that fill them. */
static void keepFreedMemory(void) {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
}

bool execJitCreate(ExecJit *jit, LLVMMemoryBufferRef object, const char *symbol, ExecError *error) {
  *jit = (ExecJit){0};
  keepFreedMemory();
  LLVMErrorRef failure = LLVMOrcCreateLLJIT(&jit->jit, NULL);
  if (failure) {
    LLVMDisposeMemoryBuffer(object);
    return failLlvm(error, "cannot start the JIT", failure);
  }
  LLVMOrcExecutionSessionSetErrorReporter(LLVMOrcLLJITGetExecutionSession(jit->jit), onSessionError,
                                          error);
  LLVMOrcExecutorAddress address = 0;
  failure = defineSymbols(jit->jit);
  if (failure)
    LLVMDisposeMemoryBuffer(object);
  else
    failure = LLVMOrcLLJITAddObjectFile(jit->jit, LLVMOrcLLJITGetMainJITDylib(jit->jit), object);
  if (!failure)
    failure = LLVMOrcLLJITLookup(jit->jit, &address, symbol);
  if (failure)
    return failLlvm(error, "cannot load the compiled code", failure);
  jit->function = (void (*)(void **))(uintptr_t)address;
  return true;
}

void execJitDestroy(ExecJit *jit) {
  if (jit->jit)
    LLVMConsumeError(LLVMOrcDisposeLLJIT(jit->jit));
  *jit = (ExecJit){0};
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool execJitCall(ExecJit *jit, void **arguments, void (*onReturn)(void *), void *data,
                 ExecCallStats *stats, ExecError *error) {
  running = (Call){.limit = execAvailableMemory(), .error = error};
  running.blocks.previous = running.blocks.next = &running.blocks;
  if (setjmp(running.abandon) == 0) {
    double start = now();
    jit->function(arguments);
    running.stats.seconds = now() - start;
    onReturn(data);
  }
  while (running.blocks.next != &running.blocks)
    runtimeFree(running.blocks.next + 1);
  if (stats)
    *stats = running.stats;
  return error->text[0] == '\0';
}
