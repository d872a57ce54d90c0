#ifndef ADDNORM_PASSES_TD
#define ADDNORM_PASSES_TD

include "mlir/Pass/PassBase.td"

def AddNormFuse : Pass<"addnorm-fuse"> {
  let summary = "Fuse add -> RMSNorm into addnorm.rms_norm";
  let description = [{
    Finds each RMSNorm of a sum in linalg, tosa, arith and math on tensors, and replaces it by one
    `addnorm.rms_norm`. What counts is what is computed, not how it is spelled. Other readers of the
    sum get the op's sum output. It runs before bufferization:

    ```
    builtin.module(addnorm-fuse{numerics=source lanes=32}, one-shot-bufferize, addnorm-lower)
    ```

    A norm that computes anything else than the op can say is left as it is. MLIR's remarks tell of
    each, in the category `addnorm-fuse`: *passed* with the facts of what was fused, *missed* with the
    step of the formula at which a near miss fails, where, and what to do, *analysis* with the sums per
    function. `--remark-format=emitRemark --remarks-filter=addnorm-fuse` prints them.

    The pass fails on options that make no sense, and under `strict`, with an error for each unsafe
    norm: one that leaves the sum, its square or the mean of the squares in f16, where they overflow,
    be it a near miss, a norm fused alone behind an add in f16 (`norm-only`, `keep-adds`), or an op
    that rounds its sum to f16 (`numerics=source`). The IR is valid then: all that can be fused is, and
    what the errors are about is as it was, or the op they name.

    By default (`numerics=widen`) the sum and the norm are computed in f32 and rounded once, at the
    end, so that a sum past the range of f16 no longer spoils its row. The results then differ from the
    source's by the roundings that the source made on the way. `numerics=source` keeps those: it is
    for results that have to match the source, overflow included.
  }];
  let options = [
    Option<"numerics", "numerics", "std::string", "\"widen\"",
           "widen: f32 all the way, the source's intermediate roundings are dropped. source: they "
           "are kept as sum_type and norm_type; a norm with roundings that the op cannot say is left "
           "alone">,
    Option<"lanes", "lanes", "int64_t", "64",
           "Lanes of the sum of squares: a power of two that fixes its order, and so its bits on every "
           "target. 0: the order is the lowering's choice">,
    Option<"chunk", "chunk", "int64_t", "0",
           "Elements of a row that are summed apart from the others: a multiple of lanes. 0: the whole "
           "row">,
    Option<"normOnly", "norm-only", "bool", "false",
           "Also make an op with one addend of each norm that no add feeds, or no add that can be "
           "fused">,
    Option<"keepAdds", "keep-adds", "bool", "false",
           "Leave every add outside and fuse the norms alone. Unsafe in f16, where the sum still "
           "overflows: for comparisons">,
    Option<"strict", "strict", "bool", "false",
           "Fail where the sum of a norm, its square or the mean of the squares is left in f16">,
  ];
  let dependentDialects = ["::addnorm::AddNormDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AddNormWidenResidual : Pass<"addnorm-widen-residual"> {
  let summary = "Carry the residual stream between fused ops in f32";
  let description = [{
    The stream of a transformer is a chain of sums, x1 = x0 + a, x2 = x1 + b, and so on. `addnorm-fuse`
    keeps each sum in f32 inside its op, but hands it to the next in the source's type: in f16 it is
    rounded in every layer, and past 65504 it is lost. This pass, which runs behind `addnorm-fuse`,
    makes f32 tensors of the sum outputs and of what carries them to an addend of another
    `addnorm.rms_norm` or to an add that has stayed outside:

    ```
    builtin.module(addnorm-fuse, addnorm-widen-residual, one-shot-bufferize, addnorm-lower)
    ```

    The stream goes through views, casts, transposes and broadcasts, through `scf.if`, the iter_args
    of `scf.for` and `scf.while`, and through calls of private functions, whose types change with
    their callers. An add of the stream is computed in f32. An extension of the stream to f32 gives
    what it had been before the rounding.

    Any other reader, and whoever is outside of a public function, gets the stream in the source's
    type: it is rounded there, once. What joins the stream in f16 or bf16 is extended only where an
    op needs one type. A stream that nothing adds to again is left as it is. Remarks say which sums
    are widened (passed) and where the stream ends and why (missed).

    An op with a narrow `sum_type` was asked to round its sum; the stream ends there. The pass never
    fails.
  }];
  let dependentDialects = ["::addnorm::AddNormDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def AddNormCopiesToLinalg : Pass<"addnorm-copies-to-linalg"> {
  let summary = "Turn copies of strided buffers into linalg.copy";
  let description = [{
    A `memref.copy` one side of which is not contiguous becomes a `linalg.copy`, and so a loop nest.
    `finalize-memref-to-llvm` would make a call of `memrefCopy` of it, a function of MLIR's own runtime
    library. Run it on buffers, before `convert-linalg-to-loops`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def AddNormLower : Pass<"addnorm-lower"> {
  let summary = "Lower addnorm.rms_norm on memrefs to code for a target";
  let description = [{
    Replaces each bufferized `addnorm.rms_norm` by code for the target. Its scratch memory does not
    grow with the number of rows. The root and the reciprocal are rounded as IEEE says, never
    estimated.

    `loops` is scalar code in scf, arith, math and memref: the reference of every other target.
    `vector` is code in vector and scf for any processor with vectors, with the same bits.

    `cpu` names the processor whose registers and caches vector code is made for. It changes no bit of
    the result, but for Hexagon's vectors, which have no fma; `loops` looks at none.

    With `threads`, target `vector` emits scf.parallel over so many runs of rows, or of chunks where
    there are fewer rows than threads and the op has a `chunk`; it, too, changes no bit. Ops that are
    known to be too small for it, and ops within parallel loops, get none; where sizes are dynamic the
    code decides. Lower it by `convert-scf-to-openmp`, then `finalize-memref-to-llvm` before
    `convert-scf-to-cf`, and `convert-openmp-to-llvm` at the end.

    `npu` makes a private function for each kind of op, the kernel of one core of the machine that
    `npu` names, and a call of it in place of the op. The kernel takes its core's share of the rows in
    tiles through the core's scratchpad, by `addnorm.dma_start` and `addnorm.dma_wait`, two tiles in
    flight. It has the same bits as the other targets. Run the pass on the module, and
    `addnorm-dma-to-calls` behind it. The caller of a kernel that fails calls `addnormNpuFailed` with the
    status and the op's place in the source.

    `call` calls a kernel that a vendor supplies: see docs/vendor-kernel.md. It declares functions in
    the module, so run the pass on that.

    An op that is still on tensors is an error, and so is an unknown target, processor or machine.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"loops\"",
           "What to emit code for: loops, vector, npu, call">,
    Option<"cpu", "cpu", "std::string", "\"native\"",
           "The processor it will run on: native (this host) or a name of docs/targets.md">,
    Option<"threads", "threads", "unsigned", "1",
           "At most so many threads share the rows of an op; 0: one for each core of the processor">,
    Option<"npu", "npu", "std::string", "\"ascend-like\"",
           "The machine of target npu: a name of docs/npu-targets.md, or the path of a .json file">,
    Option<"launch", "launch", "std::string", "\"loop\"",
           "How the cores of an NPU get to run an op. loop: who runs the function calls the kernel for "
           "each core in turn. spmd: every core runs the function, and calls it for itself">,
    Option<"kernel", "kernel", "std::string", "\"addnormVendorRmsNorm\"",
           "The function that target call calls">,
  ];
  let dependentDialects = ["::addnorm::AddNormDialect", "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def AddNormDmaToCalls : Pass<"addnorm-dma-to-calls", "::mlir::ModuleOp"> {
  let summary = "Lower scratchpads and DMA to calls of a C runtime";
  let description = [{
    Behind `addnorm-lower{target=npu}`: `addnorm.dma_start`, `addnorm.dma_wait`, `addnorm.scratchpad`
    and `addnorm.core` become calls of the functions of `addnorm-c/npu_runtime.h`, which the vendor of
    a machine supplies, and the scratchpad's memory space is dropped. After a call that fails a kernel
    calls none any more and returns the status.

    With `trace` the code also tells the runtime of each access to the scratchpad and of the cycles of
    its arithmetic at the costs of that machine: for the reference machine, which finds hazards so.
  }];
  let options = [
    Option<"trace", "trace", "std::string", "\"\"",
           "The machine whose costs are traced: a name of docs/npu-targets.md, or the path of a .json "
           "file. Empty: nothing is traced">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def AddNormVerify : Pass<"addnorm-verify"> {
  let summary = "Prove that no float narrower than f32 holds X + R";
  let description = [{
    Follows each sum of tensors to the norm that reads it, through tensors, memory and control flow,
    and changes nothing. It can stand anywhere in a pipeline, down to the LLVM dialect:

    ```
    builtin.module(addnorm-fuse, addnorm-verify, one-shot-bufferize, addnorm-lower, addnorm-verify)
    ```

    There are three verdicts. *Clean* is a proof, and a remark. *Violated* is an error at each op that
    makes a sum narrow, with a note at the norm that reads it. *Unknown* is a warning at each op that
    cannot be seen through, such as the call of a kernel that is not in the module. docs/proof.md says
    what exactly is proven.
  }];
  let options = [
    Option<"level", "level", "std::string", "\"norm\"",
           "norm: no narrow float holds X + R on its way into a statistic or a normalised value. "
           "stream: nor anywhere else in the residual stream, stored sums included">,
    Option<"strict", "strict", "bool", "false", "What is unknown is an error">,
  ];
}

#endif // ADDNORM_PASSES_TD
