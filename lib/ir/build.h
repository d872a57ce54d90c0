/* Building ops from C: an insertion point with a location, and one call per op.
 *
 * mlir-c builds every op through MlirOperationState; these helpers are the short way to say it. Ops
 * are inserted as they are made and belong to the block. */

#ifndef ADDNORM_LIB_IR_BUILD_H
#define ADDNORM_LIB_IR_BUILD_H

#include <string.h>

#include "mlir-c/AffineMap.h"
#include "mlir-c/BuiltinAttributes.h"
#include "mlir-c/BuiltinTypes.h"
#include "mlir-c/IR.h"

typedef struct IrBuilder {
  MlirContext context;
  MlirLocation loc;
  MlirBlock block;
  MlirOperation before; /* new ops go before this one; null: at the end of the block */
} IrBuilder;

/* An attribute by name; the last of a list has a null name. */
typedef struct IrAttr {
  const char *name;
  MlirAttribute value;
} IrAttr;

static inline MlirStringRef irStr(const char *s) { return mlirStringRefCreateFromCString(s); }

/* Before `op`, with its location; or in a block. */
IrBuilder irBuilderBefore(MlirOperation op);
IrBuilder irBuilderAtStart(MlirBlock block, MlirLocation loc);
IrBuilder irBuilderAtEnd(MlirBlock block, MlirLocation loc);

/* Inserts `op` at the insertion point and returns it. */
MlirOperation irInsert(const IrBuilder *b, MlirOperation op);

/* Makes and inserts an op. `results` may be null with numResults 0; `attrs` may be null; otherwise
 * it ends with a null name. `regions` are taken over. */
MlirOperation irOp(const IrBuilder *b, const char *name, intptr_t numOperands,
                   const MlirValue *operands, intptr_t numResults, const MlirType *results,
                   const IrAttr *attrs, intptr_t numRegions, const MlirRegion *regions);

/* An op with one result, of type `result`, and no regions. */
MlirValue irValue(const IrBuilder *b, const char *name, intptr_t numOperands,
                  const MlirValue *operands, MlirType result, const IrAttr *attrs);

/* Short forms of irValue without attributes. */
MlirValue irUnary(const IrBuilder *b, const char *name, MlirValue operand, MlirType result);
MlirValue irBinary(const IrBuilder *b, const char *name, MlirValue lhs, MlirValue rhs);
MlirValue irTernary(const IrBuilder *b, const char *name, MlirValue x, MlirValue y, MlirValue z);

/* arith.cmpi of integers, indices or vectors of them: i1. The values are arith's own. */
typedef enum IrPredicate {
  IR_EQUAL = 0,
  IR_NOT_EQUAL = 1,
  IR_LESS_UNSIGNED = 6,
  IR_GREATER_UNSIGNED = 8,
  IR_AT_LEAST_UNSIGNED = 9
} IrPredicate;
MlirValue irCompare(const IrBuilder *b, IrPredicate predicate, MlirValue lhs, MlirValue rhs);

/* The type of the elements of a shaped type; a scalar type itself. */
MlirType irElementType(MlirType type);

/* `element`, or a vector of as many as `type` has when that is a vector of rank 1. */
MlirType irWithElement(MlirType type, MlirType element);

/* arith.constant; for a vector type, the same in every element. */
MlirValue irIntegerConstant(const IrBuilder *b, MlirType type, int64_t value);
MlirValue irIndexConstant(const IrBuilder *b, int64_t value);
MlirValue irFloatConstant(const IrBuilder *b, MlirType type, double value);

/* `scalar` itself, or in every element of a vector where `type` is one. */
MlirValue irSplat(const IrBuilder *b, MlirValue scalar, MlirType type);

/* tensor.dim or memref.dim of `shaped`, or a constant where the type says the size. */
MlirValue irDim(const IrBuilder *b, MlirValue shaped, int64_t dim);

/* tensor.empty of `type`; `dynamicSizes` one per dynamic dimension. */
MlirValue irTensorEmpty(const IrBuilder *b, MlirType type, intptr_t numDynamic,
                        const MlirValue *dynamicSizes);

/* tensor.empty of `type`, with the dynamic sizes of `like`. */
MlirValue irEmptyLike(const IrBuilder *b, MlirType type, MlirValue like);

/* Of the memrefs that addnorm.rms_norm takes. */
enum { IR_MAX_RANK = 8 };

/* memref.load and memref.store; `indices` one per dimension, at most IR_MAX_RANK. */
MlirValue irLoad(const IrBuilder *b, MlirValue memref, const MlirValue *indices);
void irStore(const IrBuilder *b, MlirValue value, MlirValue memref, const MlirValue *indices);

/* memref.extract_strided_metadata: its results are the base, a memref without dimensions, and then
 * the offset, the sizes and the strides. */
MlirOperation irStridedMetadata(const IrBuilder *b, MlirValue memref);

/* memref.reinterpret_cast of `base` to `type`, a strided memref. `offset`, `sizes` and `strides`,
 * one per dimension, are looked at where the type leaves them open. */
MlirValue irReinterpretCast(const IrBuilder *b, MlirValue base, MlirType type, MlirValue offset,
                            const MlirValue *sizes, const MlirValue *strides);

/* scf.for from `lower` to `upper`. Sets `*index` and returns the builder of the body. */
IrBuilder irFor(const IrBuilder *b, MlirValue lower, MlirValue upper, MlirValue step,
                MlirValue *index);

/* scf.for that carries `count` values, at most IR_MAX_CARRIED, from step to step: in the body they
 * are the block's arguments from 1 on, behind it the results of `op`. The body must be ended by
 * irYield with their next values. */
enum { IR_MAX_CARRIED = 64 };
typedef struct IrLoop {
  MlirOperation op;
  IrBuilder body; /* at the end of the body */
  MlirValue index;
} IrLoop;
IrLoop irForCarrying(const IrBuilder *b, MlirValue lower, MlirValue upper, MlirValue step,
                     intptr_t count, const MlirValue *initial);
MlirOperation irYield(const IrBuilder *b, intptr_t count, const MlirValue *values);

/* scf.if without results. Returns the builder of what happens when `condition` holds, and stores
 * that of the other branch unless `otherwise` is null. */
IrBuilder irIf(const IrBuilder *b, MlirValue condition, IrBuilder *otherwise);

/* Loads the dialects into the context, registered or not. */
void irLoadDialects(MlirContext context, size_t count, const MlirDialectHandle *handles);

/* Whether the op is called `name`. */
static inline bool irIs(MlirOperation op, const char *name) {
  MlirStringRef own = mlirIdentifierStr(mlirOperationGetName(op));
  return own.length == strlen(name) && memcmp(own.data, name, own.length) == 0;
}

/* The op that defines `value`, or null for a block argument. */
MlirOperation irDefiningOp(MlirValue value);

/* The block of which `value` is an argument, or that of the op that defines it. */
MlirBlock irBlockOf(MlirValue value);

/* Whether dimension `dim` of a shaped type is of static size 1. */
bool irIsUnitDim(MlirType type, int64_t dim);

/* The ranked tensor type with the shape of `shaped` and these elements. */
MlirType irTensorOfShape(MlirType shaped, MlirType element);

/* The func.func that is or contains `op`; null where there is none. */
MlirOperation irFunctionOf(MlirOperation op);

/* The op of `block` that is or contains `op`; null where there is none. */
MlirOperation irAncestorIn(MlirBlock block, MlirOperation op);

/* Whether `op`, which may be null, is `root` or within it. */
bool irContains(MlirOperation root, MlirOperation op);

#endif /* ADDNORM_LIB_IR_BUILD_H */
