#ifndef ADDNORM_PASSES_TD
#define ADDNORM_PASSES_TD

include "mlir/Pass/PassBase.td"

def AddNormFuse : Pass<"addnorm-fuse"> {
  let summary = "Fuse add -> RMSNorm into addnorm.rms_norm";
  let description = [{
    Finds each RMSNorm of a sum in linalg, tosa, arith and math on tensors, however it is spelled, and
    replaces it by one `addnorm.rms_norm`. Other readers of the sum get the op's sum output.
  }];
  let options = [
    Option<"numerics", "numerics", "std::string", "\"widen\"",
           "widen: f32 through, the source's intermediate roundings are dropped; source: they are "
           "kept as sum_type and norm_type, and a norm whose roundings the op cannot say is left alone">,
    Option<"lanes", "lanes", "int64_t", "64",
           "lanes of the ops made, a power of two; 0 leaves the order of the sum to the schedule">,
    Option<"chunk", "chunk", "int64_t", "0", "chunk of the ops made, a multiple of lanes; 0: the row">,
    Option<"normOnly", "norm-only", "bool", "false",
           "also make one-addend ops of norms that no fusable add feeds">,
    Option<"keepAdds", "keep-adds", "bool", "false",
           "fuse norms alone and leave every add outside: the unsafe form, to compare with">,
  ];
  let dependentDialects = ["::addnorm::AddNormDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AddNormLower : Pass<"addnorm-lower"> {
  let summary = "Lower addnorm.rms_norm on memrefs to code for a target";
  let description = [{
    Replaces each bufferized `addnorm.rms_norm` by the target's code. `loops`: scf, arith and math,
    scalar, the reference for every other target.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"loops\"", "the target to emit code for: loops">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

#endif // ADDNORM_PASSES_TD
