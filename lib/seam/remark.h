/* Remarks of MLIR from C. */

#ifndef ADDNORM_LIB_SEAM_REMARK_H
#define ADDNORM_LIB_SEAM_REMARK_H

#include "addnorm-c/support.h"
#include "mlir-c/IR.h"

ADDNORM_EXTERN_C_BEGIN

typedef enum RemarkKind { REMARK_PASSED, REMARK_MISSED, REMARK_ANALYSIS } RemarkKind;

typedef struct RemarkFact {
  const char *key, *value;
} RemarkFact;

/* Whether the context has a remark engine. */
bool remarksEnabled(MlirContext context);

/* Emits a remark. `category`, the pass, and `name` are literals and `function` belongs to the
 * context: the engine may keep them. */
void remarkEmit(RemarkKind kind, MlirLocation location, MlirStringRef function,
                const char *category, const char *name, size_t numFacts, const RemarkFact *facts);

ADDNORM_EXTERN_C_END

#endif /* ADDNORM_LIB_SEAM_REMARK_H */
