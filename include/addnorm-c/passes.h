/* AddNorm's passes from C: registration by name, and each pass as a plain function. */

#ifndef ADDNORM_C_PASSES_H
#define ADDNORM_C_PASSES_H

#include <stddef.h>

#include "addnorm-c/support.h"
#include "addnorm-c/target.h"
#include "mlir-c/IR.h"

ADDNORM_EXTERN_C_BEGIN

/* Registers AddNorm's passes with MLIR's global pass registry, so that mlirParsePassPipeline finds
 * them. May be called more than once. */
ADDNORM_API void addnormRegisterPasses(void);

/* How faithful the fused op is to the source's intermediate roundings. */
typedef enum AddnormNumerics {
  ADDNORM_NUMERICS_WIDEN, /* f32 through: the source's intermediate roundings are dropped */
  ADDNORM_NUMERICS_SOURCE /* kept as sum_type and norm_type; declined where the op cannot say them
                           */
} AddnormNumerics;

typedef struct AddnormFuseOptions {
  AddnormNumerics numerics;
  int64_t lanes; /* the lanes of the ops made; 0 leaves the order of the sum to the schedule */
  int64_t chunk; /* the chunk of the ops made; 0: the whole row */
  bool normOnly; /* also make one-addend ops of norms that no fusable add feeds */
  bool
      keepAdds; /* fuse norms alone and leave every add outside: the unsafe form, to compare with */
  bool strict;  /* an unsafe site is an error */
} AddnormFuseOptions;

/* One norm that the pass looked at, as reported to the caller. Strings and arrays live until the
 * callback returns. */
typedef struct AddnormFuseSite {
  bool fused;
  /* What stays in the IR, or the op's own sum_type, holds the sum of the addends, its square or the
   * mean of the squares in f16: it overflows. */
  bool unsafe;
  MlirLocation location;  /* of the normalised value */
  MlirOperation function; /* the function-like op around it; null when there is none */

  /* Why the norm (or, of a fused one, the add in front of it) stays as it is; null when nothing
   * does. */
  const char *step;      /* of the formula: sum, addends, square, reduction, mean, epsilon, root,
                            numerator, gamma or rounding */
  const char *reason;    /* what is wrong there */
  const char *remedy;    /* what to do in the source, or with the options */
  MlirLocation failedAt; /* of the value in question, such as gamma; where it is in no op of its
                            own, `location` */

  MlirType resultType; /* of y */
  int64_t rows;        /* static row count, or -1 (also past 2^63) */
  int64_t n;           /* static row length, or -1 */

  /* Of a fused norm; null and 0 otherwise. */
  MlirOperation op;    /* the addnorm.rms_norm */
  intptr_t numAddends; /* 1: a plain norm */
  const MlirType *addendTypes;
  MlirType sumType;       /* of the sum output, or null */
  intptr_t numSumReaders; /* uses of the sum output: the readers of the sum besides this norm */
  const MlirOperation *sumReaders; /* the ops of these uses */
  int64_t bytesSaved;              /* per run against an add kernel and a norm kernel; -1 as rows */
} AddnormFuseSite;

typedef void (*AddnormFuseSiteCallback)(const AddnormFuseSite *site, void *userData);

/* addnorm-fuse over everything in `root`. Calls `onSite` (which may be null) once per norm found,
 * in program order, and gives the same facts to MLIR's remark engine where the context has one. A
 * site that cannot be fused is left as it is, with its reason. Fails only with `strict`, after all
 * of this, with an error for each unsafe site; the IR is valid then, and what could be fused is. */
ADDNORM_API MlirLogicalResult addnormFuse(MlirOperation root, const AddnormFuseOptions *options,
                                          AddnormFuseSiteCallback onSite, void *userData);

/* What the residual stream does at one op, as reported to the caller. */
typedef struct AddnormWidenFact {
  bool widened;           /* the op's sum is carried in f32; otherwise the stream ends at the op */
  MlirLocation location;  /* of the op */
  MlirOperation function; /* the func.func around it, or null */
  MlirOperation op;       /* what adds to the stream, or what reads it rounded */
  intptr_t operand;       /* the operand that reads it */
  MlirType type;          /* of the stream in the source */
  const char *reason;     /* why it ends here; otherwise null */
} AddnormWidenFact;

typedef void (*AddnormWidenFactCallback)(const AddnormWidenFact *fact, void *userData);

/* addnorm-widen-residual over everything in `root`. Calls `onFact` (which may be null) for each sum
 * and each end of the stream, before anything changes, and gives the same facts to MLIR's remark
 * engine where the context has one. Never fails: where the stream has to keep its type it is
 * rounded to it. */
ADDNORM_API void addnormWidenResidual(MlirOperation root, AddnormWidenFactCallback onFact,
                                      void *userData);

/* addnorm-copies-to-linalg over everything in `root`. */
ADDNORM_API void addnormCopiesToLinalg(MlirOperation root);

enum { ADDNORM_ALL_CORES = -1 };

/* How the cores of an NPU get to run an op. */
typedef enum AddnormLaunch {
  ADDNORM_LAUNCH_LOOP, /* who runs the function calls the kernel for each core in turn */
  ADDNORM_LAUNCH_SPMD  /* every core runs the function, and calls the kernel for itself */
} AddnormLaunch;

typedef struct AddnormLowerOptions {
  MlirStringRef target; /* "loops", "vector", "npu", "call" */
  MlirStringRef cpu;    /* "native" (also when empty), "x86-64-v4", ...: see docs/targets.md */
  int64_t threads;      /* of target vector, at most; 0: one; ADDNORM_ALL_CORES: as many as the
                           processor is said to have. More than one are OpenMP's: LLVM's libomp */
  MlirStringRef npu;    /* of target npu: as addnormNpuTargetFind takes it */
  const AddnormNpuTarget *npuTarget; /* instead of `npu`, unless it is null */
  AddnormLaunch launch;              /* of target npu */
  MlirStringRef kernel; /* of target call: the vendor's function; empty: addnormVendorRmsNorm */
} AddnormLowerOptions;

/* addnorm-lower over everything in `root`: replaces each addnorm.rms_norm on memrefs by the
 * target's code. Fails, with an error at the op, on an unknown target or processor and on an op
 * still on tensors. */
ADDNORM_API MlirLogicalResult addnormLower(MlirOperation root, const AddnormLowerOptions *options);

/* Writes the schedule by which that target would run `op`, an addnorm.rms_norm on tensors or
 * memrefs, as a JSON object (sizes in elements, scratch in bytes, -1 for dynamic) into the `size`
 * bytes of `text`. Returns false after writing why the target cannot run it. */
ADDNORM_API bool addnormScheduleDescribe(MlirOperation op, const AddnormLowerOptions *options,
                                         char *text, size_t size);

typedef struct AddnormDmaToCallsOptions {
  MlirStringRef traceName; /* of a machine, as addnormNpuTargetFind takes it: the code tells the
                              runtime what it does, at the costs of that machine; empty: no */
  const AddnormNpuTarget *trace; /* instead of `traceName`, unless it is null */
} AddnormDmaToCallsOptions;

/* addnorm-dma-to-calls over everything in `root`: the ops that move tiles become calls of the
 * runtime of npu_runtime.h. Fails on an unknown machine. */
ADDNORM_API MlirLogicalResult addnormDmaToCalls(MlirOperation root,
                                                const AddnormDmaToCallsOptions *options);

/* Where X + R, a sum of two or more tensors, must not be in a float type narrower than f32. */
typedef enum AddnormLevel {
  ADDNORM_LEVEL_NORM,  /* on its way into a statistic or a normalised value */
  ADDNORM_LEVEL_STREAM /* nowhere, not even where the residual stream is stored */
} AddnormLevel;

typedef enum AddnormVerdict {
  ADDNORM_VERDICT_CLEAN,    /* it never is */
  ADDNORM_VERDICT_VIOLATED, /* it may be, at a known place */
  ADDNORM_VERDICT_UNKNOWN   /* something in the program cannot be seen through */
} AddnormVerdict;

typedef struct AddnormVerifyOptions {
  AddnormLevel level;
} AddnormVerifyOptions;

/* One reason why the program is not clean. */
typedef struct AddnormVerifyFinding {
  AddnormVerdict verdict; /* never clean */
  MlirOperation op;       /* what makes the sum narrow, or what cannot be seen through */
  MlirOperation reader;   /* the statistic or the product that reads it; null: none does */
  const char *reason;
} AddnormVerifyFinding;

typedef void (*AddnormVerifyCallback)(const AddnormVerifyFinding *finding, void *userData);

typedef struct AddnormVerifyResult {
  AddnormVerdict verdict;
  intptr_t numStatistics; /* of norms, fused or not: without one there was nothing to prove */
  intptr_t numViolations;
  intptr_t numUnknowns;
} AddnormVerifyResult;

/* addnorm-verify over everything in `root`, at any level down to the LLVM dialect. Calls
 * `onFinding` (which may be null) for each finding: the unknown ones first, each in program order,
 * and one for each op that makes a sum narrow. A violated program is never called clean. */
ADDNORM_API AddnormVerifyResult addnormVerify(MlirOperation root,
                                              const AddnormVerifyOptions *options,
                                              AddnormVerifyCallback onFinding, void *userData);

ADDNORM_EXTERN_C_END

#endif /* ADDNORM_C_PASSES_H */
