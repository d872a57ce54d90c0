// The addnorm dialect: addnorm.rms_norm, and what target `npu` of addnorm-lower makes of it.

#ifndef ADDNORM_OPS_TD
#define ADDNORM_OPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

def AddNorm_Dialect : Dialect {
  let name = "addnorm";
  let cppNamespace = "::addnorm";
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
  let summary = "Residual add and RMSNorm as one op with f32 inside";
  let description = [{
    The residual step of a transformer block, `RMSNorm(X + R) * gamma`, as one destination-style op
    whose internals are f32. The sum of the addends never exists in a narrower type than f32 unless
    the op is asked for a rounding (`sum_type`), so it cannot overflow in f16.

    The other ops move tiles between global memory and the scratchpad of an NPU's core, in code that
    `addnorm-lower{target=npu}` makes. `addnorm-dma-to-calls` lowers them to calls of a runtime.
  }];
  let useDefaultAttributePrinterParser = 1;
}

def IsIdentityLayout :
    CPred<"::llvm::cast<::mlir::MemRefType>($_self).getLayout().isIdentity()">;

def AddNorm_Float : AnyTypeOf<[F16, BF16, F32], "f16, bf16 or f32">;
// A row needs a dimension, and code generation keeps one index for each of at most eight.
def AddNorm_Rank : HasAnyRankOfPred<[1, 2, 3, 4, 5, 6, 7, 8]>;
class AddNorm_DataOf<list<Type> elements, string summary> :
    AnyTypeOf<[RankedTensorOf<elements, [AddNorm_Rank]>,
               ConfinedType<StridedMemRefOf<elements>, [AddNorm_Rank]>],
              "ranked tensor or strided memref of " # summary # ", of rank 1 to 8">;
def AddNorm_Data : AddNorm_DataOf<[F16, BF16, F32], AddNorm_Float.summary>;
def AddNorm_F32Data : AddNorm_DataOf<[F32], "f32">;

def AddNorm_RmsNormOp : Op<AddNorm_Dialect, "rms_norm", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<DestinationStyleOpInterface>,
    DeclareOpInterfaceMethods<InferTypeOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getIterationDomain", "getLoopIteratorTypes", "getTiledImplementation",
      "getResultTilePosition", "getIterationDomainTileFromResultTile", "generateResultTileValue"]>,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>]> {
  let summary = "RMSNorm of a sum of addends, f32 inside";
  let description = [{
    For each row, which is the last dimension, of N elements:

    ```
    t_i  = sum_k scale_k * f32(addend_k[i])
    t_i  = f32(sum_type(t_i))                           rounded only with sum_type
    rstd = 1 / sqrt(mean(t^2) + epsilon)                f32
    u_i  = f32(norm_type(t_i * rstd))                   rounded only with norm_type
    y_i  = ytype(u_i * (gamma_offset + f32(gamma_i)))   without gamma: ytype(u_i)
    s_i  = stype(t_i)                                   only with a sum init
    ```

    ```mlir
    %y, %s = addnorm.rms_norm(%x, %r : tensor<8x64xf16>, tensor<8x64xf16>)
        gamma(%g : tensor<64xf16>) epsilon 1.0e-5
        outs(%y0 : tensor<8x64xf16>) sum(%s0 : tensor<8x64xf16>) {lanes = 64 : i64}
    ```

    #### Operands and attributes

    Data operands are all tensors or all memrefs, each with its own float type. An addend has the
    shape of y, or is a row vector of N elements (a bias) that every row adds; `gamma` is a row
    vector. There may be no rows.

    `epsilon` is a constant, finite and not negative, or an f32 operand. So is each scale: `scales`
    lists a finite constant or an operand for each addend, and without it all are 1. In the
    attribute a NaN holds the place of an operand. `gamma_offset` is the 1 of `1 + w`; absent,
    nothing is added.

    #### Results and buffers

    The op is in destination style: `outs` receives y, `sum` the sum s in its own type, and `rstd`,
    in f32, the reciprocal root, with a last dimension of 1. Every element of an init is written and
    none is read. On tensors each init has a result of its type, in that order; on memrefs there are
    none.

    The buffers of a memref op have stride 1 in the last dimension and any in the others. Those of y
    and of the sum may be the very buffers of addends of full shape, element for element; any other
    overlap with a buffer that is written is undefined.

    Tiling has one parallel loop for each dimension before the last, so a tile holds whole rows, and
    an op of rank 1 has no loops.

    #### The order of the sum of squares

    With `lanes` = L, a power of two, the sum has one order and so one value, whatever computes it.
    A row is cut into chunks of `chunk` = C elements, a multiple of L (absent: one chunk). Partial k
    of a chunk takes its elements k, k + L, k + 2L, ... by `acc = fma(t, t, acc)` from +0. The
    partials of the chunks are added lane by lane, in chunk order, starting from those of the first.
    Then halves are folded, p[k] += p[k + L/2], then L/4, ... 1. The mean is the sum divided by
    f32(N), and rstd is 1 divided by the square root. Each step is IEEE round-to-nearest, subnormals
    included, and the fma is the only contraction: a scaled addend is multiplied, rounded, then
    added, in operand order. Without `lanes` the order of the sum is the lowering's choice.
  }];

  let arguments = (ins
    Variadic<AddNorm_Data>:$addends,
    Optional<AddNorm_Data>:$gamma,
    Optional<F32>:$dynamic_epsilon,
    Variadic<F32>:$dynamic_scales,
    AddNorm_Data:$y_init,
    Optional<AddNorm_Data>:$sum_init,
    Optional<AddNorm_F32Data>:$rstd_init,
    OptionalAttr<F32Attr>:$epsilon,
    OptionalAttr<DenseF32ArrayAttr>:$scales,
    OptionalAttr<F32Attr>:$gamma_offset,
    OptionalAttr<TypeAttrOf<AddNorm_Float>>:$sum_type,
    OptionalAttr<TypeAttrOf<AddNorm_Float>>:$norm_type,
    OptionalAttr<I64Attr>:$lanes,
    OptionalAttr<I64Attr>:$chunk);
  let results = (outs Variadic<AnyRankedTensor>:$results);

  let assemblyFormat = [{
    `(` $addends `:` type($addends) `)`
    (`scales` custom<Scales>($dynamic_scales, $scales)^)?
    (`gamma` `(` $gamma^ `:` type($gamma) `)`)?
    `epsilon` custom<Epsilon>($dynamic_epsilon, $epsilon)
    `outs` `(` $y_init `:` type($y_init) `)`
    (`sum` `(` $sum_init^ `:` type($sum_init) `)`)?
    (`rstd` `(` $rstd_init^ `:` type($rstd_init) `)`)?
    attr-dict
  }];

  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;

  let extraClassDeclaration = [{
    /// Marks an entry of `scales` whose value is the next of `dynamic_scales`: a quiet NaN, as
    /// constant scales are finite.
    static bool isDynamicScale(float scale) { return scale != scale; }
    /// Whether a constant may be the epsilon: finite and not negative.
    static bool isEpsilon(float value) { return value >= 0 && value - value == 0; }

    /// The type whose last dimension is the row: that of the y init.
    ::mlir::ShapedType getDataType() {
      return ::llvm::cast<::mlir::ShapedType>(getYInit().getType());
    }
    /// Whether addend `i` is a row vector that every row adds. A rank-1 op has no biases.
    bool isBias(unsigned i) {
      return ::llvm::cast<::mlir::ShapedType>(getAddends()[i].getType()).getRank() <
             getDataType().getRank();
    }
  }];
}

def AddNorm_ScratchpadAttr : AttrDef<AddNorm_Dialect, "Scratchpad"> {
  let mnemonic = "scratchpad";
  let summary = "Memory space of a core's scratchpad";
  let description = [{
    The memory space of what lies in the scratchpad of the core that runs the code, such as
    `memref<2x8x4096xf16, #addnorm.scratchpad>`.
  }];
}

def AddNorm_ScratchpadOp : Op<AddNorm_Dialect, "scratchpad", []> {
  let summary = "Memory in the scratchpad of a core";
  let description = [{
    ```mlir
    %tiles = addnorm.scratchpad core %core at 4096 : memref<2x8x4096xf16, #addnorm.scratchpad>
    ```

    What begins so many bytes behind the start of the scratchpad of core `%core`, with the size of the
    type. It is the function's until it returns; what another op of the function has does not overlap
    it, and one of them begins at 0. What is in it at first is undefined.
  }];
  let arguments = (ins Index:$core, I64Attr:$offset);
  let results = (outs ConfinedType<AnyStaticShapeMemRef, [IsIdentityLayout]>:$memory);
  let assemblyFormat = "`core` $core `at` $offset attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def AddNorm_Tile : ConfinedType<StridedMemRefOf<[AnyFloat]>, [HasAnyRankOfPred<[1, 2]>],
                                "strided memref of floats, of rank 1 or 2">;

def AddNorm_DmaStartOp : Op<AddNorm_Dialect, "dma_start", []> {
  let summary = "Start copying a tile between global memory and the scratchpad";
  let description = [{
    ```mlir
    addnorm.dma_start %from, %to core %core queue 0 tag %tag
        : memref<?x4096xf16, strided<[4096, 1], offset: ?>>,
          memref<?x4096xf16, strided<[4096, 1], offset: ?>, #addnorm.scratchpad>
    ```

    Copies the rows of `%from` to those of `%to`, which have the same shape, stride 1 in the last
    dimension and each a stride of its own in the other. One of the two is in the scratchpad of core
    `%core`. Neither may be read or written, except that the source may be read, before an
    `addnorm.dma_wait` for the tag. Transfers of one queue are done in order. A tag may stand for
    several transfers.
  }];
  let arguments = (ins AddNorm_Tile:$from, AddNorm_Tile:$to, Index:$core, I64Attr:$queue, Index:$tag);
  let assemblyFormat = [{
    $from `,` $to `core` $core `queue` $queue `tag` $tag attr-dict `:` type($from) `,` type($to)
  }];
  let hasVerifier = 1;
}

def AddNorm_DmaWaitOp : Op<AddNorm_Dialect, "dma_wait", []> {
  let summary = "Wait for the transfers of a tag";
  let description = [{
    ```mlir
    addnorm.dma_wait core %core tag %tag
    ```

    Waits until all transfers of core `%core` that were started with the tag since the last wait for
    it are complete. There must be one.
  }];
  let arguments = (ins Index:$core, Index:$tag);
  let assemblyFormat = "`core` $core `tag` $tag attr-dict";
}

def AddNorm_DmaStatusOp : Op<AddNorm_Dialect, "dma_status", []> {
  let summary = "Whether all went well since the function was entered";
  let description = [{
    0, or the status of the first call of the runtime in this function that failed. The scratchpad may
    be accessed only behind a check that it is 0: there may be none.
  }];
  let results = (outs I32:$status);
  let assemblyFormat = "attr-dict `:` type($status)";
}

def AddNorm_CoreOp : Op<AddNorm_Dialect, "core", []> {
  let summary = "The core that runs the code";
  let results = (outs Index:$core);
  let assemblyFormat = "attr-dict";
}

#endif // ADDNORM_OPS_TD
