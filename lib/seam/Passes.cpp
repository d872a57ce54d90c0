// The passes, from Passes.td to C. mlirCreateExternalPass makes passes without options, so each
// pass is declared in TableGen and its shim hands the options to the C function that does the work.

#include "addnorm-c/passes.h"
#include "addnorm/AddNorm.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Support.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_ADDNORMFUSE
#define GEN_PASS_DEF_ADDNORMLOWER
#define GEN_PASS_DEF_ADDNORMWIDENRESIDUAL
#include "passes/Passes.h.inc"

struct AddNormFuse : impl::AddNormFuseBase<AddNormFuse> {
  using AddNormFuseBase::AddNormFuseBase;

  void runOnOperation() override {
    AddnormFuseOptions options = {};
    if (numerics == "source") {
      options.numerics = ADDNORM_NUMERICS_SOURCE;
    } else if (numerics != "widen") {
      mlir::emitError(getOperation()->getLoc())
          << "addnorm-fuse: unknown numerics '" << numerics << "'; use widen or source";
      return signalPassFailure();
    }
    if (lanes < 0 || (lanes & (lanes - 1)) != 0 || chunk < 0 ||
        (chunk > 0 && (lanes == 0 || chunk % lanes != 0))) {
      mlir::emitError(getOperation()->getLoc())
          << "addnorm-fuse: lanes must be 0 or a power of two, and chunk 0 or a multiple of lanes; "
             "got lanes="
          << int64_t(lanes) << " chunk=" << int64_t(chunk);
      return signalPassFailure();
    }
    options.lanes = lanes;
    options.chunk = chunk;
    options.normOnly = normOnly;
    options.keepAdds = keepAdds;
    options.strict = strict;
    if (mlirLogicalResultIsFailure(addnormFuse(wrap(getOperation()), &options, nullptr, nullptr)))
      signalPassFailure();
  }
};

struct AddNormWidenResidual : impl::AddNormWidenResidualBase<AddNormWidenResidual> {
  using AddNormWidenResidualBase::AddNormWidenResidualBase;

  void runOnOperation() override { addnormWidenResidual(wrap(getOperation()), nullptr, nullptr); }
};

struct AddNormLower : impl::AddNormLowerBase<AddNormLower> {
  using AddNormLowerBase::AddNormLowerBase;

  void runOnOperation() override {
    AddnormLowerOptions options = {};
    options.target = mlirStringRefCreate(target.data(), target.size());
    if (mlirLogicalResultIsFailure(addnormLower(wrap(getOperation()), &options)))
      signalPassFailure();
  }
};

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"
} // namespace

void addnormRegisterPasses(void) { registerAddNormPasses(); }
