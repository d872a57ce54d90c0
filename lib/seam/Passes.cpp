// The passes, from Passes.td to C. mlirCreateExternalPass makes passes without options, so each
// pass is declared in TableGen and its shim hands the options to the C function that does the work.

#include "addnorm-c/passes.h"
#include "addnorm/AddNorm.h"
#include "lib/seam/pipeline.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Support.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_ADDNORMCOPIESTOLINALG
#define GEN_PASS_DEF_ADDNORMDMATOCALLS
#define GEN_PASS_DEF_ADDNORMFUSE
#define GEN_PASS_DEF_ADDNORMLOWER
#define GEN_PASS_DEF_ADDNORMVERIFY
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

struct AddNormCopiesToLinalg : impl::AddNormCopiesToLinalgBase<AddNormCopiesToLinalg> {
  using AddNormCopiesToLinalgBase::AddNormCopiesToLinalgBase;

  void runOnOperation() override { addnormCopiesToLinalg(wrap(getOperation())); }
};

struct AddNormLower : impl::AddNormLowerBase<AddNormLower> {
  using AddNormLowerBase::AddNormLowerBase;

  void runOnOperation() override {
    AddnormLowerOptions options = {};
    options.target = mlirStringRefCreate(target.data(), target.size());
    options.cpu = mlirStringRefCreate(cpu.data(), cpu.size());
    options.threads = threads == 0 ? int64_t(ADDNORM_ALL_CORES) : int64_t(threads);
    options.npu = mlirStringRefCreate(npu.data(), npu.size());
    options.kernel = mlirStringRefCreate(kernel.data(), kernel.size());
    if (launch == "spmd") {
      options.launch = ADDNORM_LAUNCH_SPMD;
    } else if (launch != "loop") {
      mlir::emitError(getOperation()->getLoc())
          << "addnorm-lower: unknown launch '" << launch << "'; use loop or spmd";
      return signalPassFailure();
    }
    if (mlirLogicalResultIsFailure(addnormLower(wrap(getOperation()), &options)))
      signalPassFailure();
  }
};

struct AddNormDmaToCalls : impl::AddNormDmaToCallsBase<AddNormDmaToCalls> {
  using AddNormDmaToCallsBase::AddNormDmaToCallsBase;

  void runOnOperation() override {
    AddnormDmaToCallsOptions options = {};
    options.traceName = mlirStringRefCreate(trace.data(), trace.size());
    if (mlirLogicalResultIsFailure(
            addnormDmaToCalls(wrap(getOperation().getOperation()), &options)))
      signalPassFailure();
  }
};

// mlir-c emits errors, but no warnings, remarks or notes.
void reportFinding(const AddnormVerifyFinding *finding, void *strict) {
  bool isViolation = finding->verdict == ADDNORM_VERDICT_VIOLATED;
  bool isError = isViolation || *static_cast<bool *>(strict);
  mlir::Operation *op = unwrap(finding->op);
  mlir::InFlightDiagnostic diagnostic =
      isError ? mlir::emitError(op->getLoc()) : mlir::emitWarning(op->getLoc());
  if (isViolation)
    diagnostic << finding->reason;
  else
    diagnostic << "'" << op->getName() << "' cannot be seen through: " << finding->reason;
  if (mlir::Operation *reader = unwrap(finding->reader))
    diagnostic.attachNote(reader->getLoc()) << "read here";
}

struct AddNormVerify : impl::AddNormVerifyBase<AddNormVerify> {
  using AddNormVerifyBase::AddNormVerifyBase;

  void runOnOperation() override {
    AddnormVerifyOptions options = {};
    if (level == "stream") {
      options.level = ADDNORM_LEVEL_STREAM;
    } else if (level != "norm") {
      mlir::emitError(getOperation()->getLoc())
          << "addnorm-verify: unknown level '" << level << "'; use norm or stream";
      return signalPassFailure();
    }
    bool isStrict = strict;
    AddnormVerifyResult result =
        addnormVerify(wrap(getOperation()), &options, reportFinding, &isStrict);
    bool isClean = result.verdict == ADDNORM_VERDICT_CLEAN;
    if (result.verdict == ADDNORM_VERDICT_VIOLATED || (isStrict && !isClean))
      signalPassFailure();
    if (isClean && result.numStatistics == 0)
      mlir::emitRemark(getOperation()->getLoc()) << "no norm, nothing to prove";
    else if (isClean)
      mlir::emitRemark(getOperation()->getLoc())
          << "clean: no float narrower than f32 holds a sum that a norm reads";
    markAllAnalysesPreserved();
  }
};

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"
} // namespace

void addnormRegisterPasses(void) {
  registerAddNormPasses();
  addnormRegisterPipelines();
}
