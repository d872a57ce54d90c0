#include "passes/verify/semantics.h"

#include <string.h>

typedef struct Row {
  OpMeaning meaning;
  const char *names; /* separated by spaces */
} Row;

static const Row opRows[] = {
    {OP_NOTHING,
     "builtin.module func.return llvm.return scf.yield scf.condition scf.reduce.return "
     "scf.forall.in_parallel affine.yield linalg.yield linalg.index tensor.yield vector.yield "
     "memref.alloca_scope.return tensor.empty tensor.dim tensor.rank memref.alloc memref.alloca "
     "memref.dealloc memref.dim memref.rank memref.prefetch memref.global "
     "memref.extract_aligned_pointer_as_index memref.distinct_objects memref.dma_wait "
     "bufferization.dealloc bufferization.dealloc_tensor shape.shape_of shape.const_shape "
     "cf.br cf.cond_br cf.switch cf.assert arith.cmpf arith.cmpi arith.index_cast "
     "arith.index_castui vector.create_mask vector.constant_mask vector.vscale vector.step "
     "tosa.const_shape tosa.yield tosa.equal tosa.greater tosa.greater_equal tosa.argmax "
     "math.isnan math.isinf math.isfinite math.isnormal ub.poison ub.unreachable llvm.mlir.poison "
     "llvm.mlir.undef llvm.mlir.zero llvm.mlir.none llvm.mlir.global llvm.alloca llvm.br "
     "llvm.cond_br llvm.switch llvm.unreachable llvm.icmp llvm.fcmp llvm.intr.lifetime.start "
     "llvm.intr.lifetime.end llvm.intr.assume llvm.intr.prefetch llvm.intr.memset "
     "llvm.intr.is.fpclass llvm.fence llvm.intr.stacksave llvm.intr.stackrestore llvm.intr.trap "
     "addnorm.scratchpad addnorm.dma_wait addnorm.dma_status addnorm.core"},
    {OP_CONSTANT, "arith.constant tosa.const llvm.mlir.constant"},
    {OP_GLOBAL, "memref.get_global llvm.mlir.addressof"},
    {OP_MOVE,
     "arith.extf arith.truncf arith.bitcast arith.scaling_extf arith.scaling_truncf arith.negf "
     "arith.maximumf arith.minimumf arith.maxnumf arith.minnumf arith.sitofp arith.uitofp "
     "arith.fptosi arith.fptoui math.absf math.copysign math.floor math.ceil math.round "
     "math.roundeven math.trunc math.clampf tensor.cast tensor.bitcast tensor.extract "
     "tensor.extract_slice tensor.insert tensor.insert_slice tensor.parallel_insert_slice "
     "tensor.expand_shape tensor.collapse_shape tensor.reshape tensor.from_elements tensor.splat "
     "tensor.concat tensor.gather tensor.scatter linalg.pack linalg.unpack memref.cast "
     "memref.subview memref.view memref.reinterpret_cast memref.expand_shape "
     "memref.collapse_shape memref.transpose memref.reshape memref.memory_space_cast "
     "memref.assume_alignment memref.extract_strided_metadata memref.realloc bufferization.clone "
     "bufferization.alloc_tensor "
     "builtin.unrealized_conversion_cast vector.broadcast vector.splat vector.shape_cast "
     "vector.bitcast vector.transpose vector.shuffle vector.extract vector.insert "
     "vector.extractelement vector.insertelement vector.extract_strided_slice "
     "vector.insert_strided_slice vector.interleave vector.deinterleave vector.from_elements "
     "vector.to_elements vector.scalable.insert vector.scalable.extract complex.create complex.re "
     "complex.im complex.neg complex.conj complex.bitcast tosa.cast tosa.reshape tosa.transpose "
     "tosa.concat tosa.slice tosa.tile tosa.pad tosa.reverse tosa.gather tosa.scatter "
     "tosa.identity tosa.negate tosa.abs tosa.clamp tosa.maximum tosa.minimum tosa.reciprocal "
     "tosa.floor tosa.ceil tosa.reduce_max tosa.reduce_min tosa.max_pool2d tosa.table "
     "llvm.fpext llvm.fptrunc llvm.bitcast "
     "llvm.sitofp llvm.uitofp llvm.fptosi llvm.fptoui llvm.fneg llvm.freeze llvm.insertvalue "
     "llvm.extractvalue llvm.insertelement llvm.extractelement llvm.shufflevector "
     "llvm.getelementptr llvm.addrspacecast llvm.ptrtoint llvm.inttoptr "
     "llvm.intr.fabs llvm.intr.copysign llvm.intr.maxnum "
     "llvm.intr.minnum llvm.intr.maximum llvm.intr.minimum llvm.intr.floor llvm.intr.ceil "
     "llvm.intr.round llvm.intr.rint llvm.intr.nearbyint llvm.intr.roundeven llvm.intr.trunc "
     "llvm.intr.vector.insert llvm.intr.vector.extract llvm.intr.vector.interleave2 "
     "llvm.intr.vector.deinterleave2 llvm.intr.vector.reverse llvm.intr.vector.splice "
     "llvm.intr.vector.reduce.fmax llvm.intr.vector.reduce.fmin llvm.intr.vector.reduce.fmaximum "
     "llvm.intr.vector.reduce.fminimum llvm.intr.experimental.constrained.fptrunc "
     "llvm.intr.experimental.constrained.fpext llvm.intr.expect llvm.intr.ssa.copy"},
    {OP_SELECT, "arith.select llvm.select tosa.select"},
    {OP_LOAD, "memref.load affine.load affine.vector_load vector.load vector.transfer_read "
              "vector.maskedload vector.expandload vector.gather llvm.load llvm.intr.masked.load "
              "llvm.intr.masked.gather llvm.intr.masked.expandload bufferization.to_tensor"},
    {OP_STORE,
     "memref.store affine.store affine.vector_store vector.store vector.transfer_write "
     "vector.maskedstore vector.compressstore vector.scatter llvm.store llvm.intr.masked.store "
     "llvm.intr.masked.scatter llvm.intr.masked.compressstore memref.tensor_store "
     "bufferization.materialize_in_destination"},
    {OP_COPY, "memref.copy memref.dma_start addnorm.dma_start"},
    {OP_COPY_FROM, "llvm.intr.memcpy llvm.intr.memcpy.inline llvm.intr.memmove"},
    {OP_TO_MEMORY, "bufferization.to_buffer"},
    {OP_ADD, "arith.addf tosa.add llvm.fadd complex.add"},
    {OP_SUBTRACT, "arith.subf tosa.sub llvm.fsub complex.sub"},
    {OP_MULTIPLY, "arith.mulf arith.divf tosa.mul llvm.fmul llvm.fdiv complex.mul complex.div"},
    {OP_FMA, "math.fma vector.fma llvm.intr.fma llvm.intr.fmuladd"},
    {OP_POWER, "math.powf math.fpowi tosa.pow llvm.intr.pow llvm.intr.powi"},
    {OP_ROOT,
     "math.sqrt math.rsqrt tosa.rsqrt llvm.intr.sqrt math.log math.log2 math.log10 tosa.log "
     "llvm.intr.log llvm.intr.log2 llvm.intr.log10"},
    {OP_EXPONENTIAL, "math.exp math.exp2 tosa.exp llvm.intr.exp llvm.intr.exp2 llvm.intr.exp10"},
    {OP_FUNCTION,
     "math.expm1 math.log1p math.tanh math.sinh math.cosh math.erf math.erfc "
     "math.sin math.cos math.tan math.atan math.atan2 math.asin math.acos math.asinh math.acosh "
     "math.atanh arith.remf tosa.tanh tosa.erf tosa.sigmoid tosa.sin "
     "tosa.cos llvm.intr.sin llvm.intr.cos "
     "llvm.intr.tanh llvm.frem linalg.softmax complex.exp complex.sin complex.cos complex.tanh"},
    {OP_REDUCE, "tosa.reduce_sum tosa.avg_pool2d vector.reduction vector.multi_reduction "
                "llvm.intr.vector.reduce.fadd"},
    {OP_CONTRACT, "tosa.matmul tosa.conv2d tosa.conv3d tosa.depthwise_conv2d tosa.transpose_conv2d "
                  "vector.contract vector.outerproduct"},
    {OP_NORM, "addnorm.rms_norm"},
    {OP_FUNCTION_LIKE, "func.func llvm.func"},
    {OP_CALL, "func.call llvm.call"},
    {OP_LOOP, "scf.for affine.for scf.forall"},
    {OP_WHILE, "scf.while"},
    {OP_PARALLEL, "scf.parallel"},
    {OP_COMBINE, "scf.reduce"},
    {OP_REGION,
     "scf.if scf.execute_region scf.index_switch affine.if affine.parallel memref.alloca_scope "
     "tensor.generate tensor.pad vector.mask"},
};

/* `f` behind a name of C's math library is its float form; both are known. */
static const Row callRows[] = {
    {OP_NOTHING, "malloc aligned_alloc free abort puts putchar printNewline addnormNpuCore "
                 "addnormNpuScratchpad addnormNpuDmaWait addnormNpuFailed addnormNpuTraceAccess "
                 "addnormNpuTraceWork "
                 "addnormVendorContext addnormVendorFailed"},
    {OP_COPY_FROM, "memcpy memmove addnormNpuDmaStart"},
    {OP_COPY_UNRANKED, "memrefCopy"},
    {OP_FMA, "fma fmaf"},
    {OP_POWER, "pow powf"},
    {OP_ROOT, "sqrt sqrtf rsqrt rsqrtf log logf log2 log2f log10 log10f"},
    {OP_EXPONENTIAL, "exp expf exp2 exp2f exp10 exp10f"},
    {OP_FUNCTION,
     "expm1 expm1f log1p log1pf tanh tanhf sinh sinhf cosh coshf erf erff "
     "erfc erfcf sin sinf cos cosf tan tanf atan atanf atan2 atan2f asin asinf acos acosf asinh "
     "asinhf acosh acoshf atanh atanhf cbrt cbrtf fmod fmodf"},
    {OP_MOVE,
     "fabs fabsf floor floorf ceil ceilf round roundf rint rintf nearbyint nearbyintf roundeven "
     "roundevenf trunc truncf fmax fmaxf fmin fminf copysign copysignf"},
};

/* An op that is not registered may have any operands and results, whatever it is called. */
static void addRows(MlirContext context, Table *table, const Row *rows, size_t count, bool areOps) {
  for (size_t i = 0; i < count; ++i)
    for (const char *next = rows[i].names; *next;) {
      MlirStringRef name = mlirStringRefCreate(next, strcspn(next, " "));
      MlirIdentifier id = mlirIdentifierGet(context, name);
      if (!areOps || mlirContextIsRegisteredOperation(context, name))
        tableSet(table, tableKeyOf(id.ptr), (int32_t)rows[i].meaning + 1);
      next += name.length;
      next += strspn(next, " ");
    }
}

Semantics semanticsCreate(MlirContext context) {
  Semantics s = {.context = context};
  addRows(context, &s.meanings, opRows, sizeof opRows / sizeof *opRows, true);
  addRows(context, &s.calls, callRows, sizeof callRows / sizeof *callRows, false);
  return s;
}

void semanticsFree(Semantics *s) {
  tableFree(&s->meanings);
  tableFree(&s->calls);
}

static bool startsWith(MlirStringRef name, const char *prefix) {
  size_t length = strlen(prefix);
  return name.length > length && memcmp(name.data, prefix, length) == 0;
}

/* A type that holds no float and points to none: indices, conditions, integers, and tensors and
 * vectors of them. */
static bool isPlain(MlirType type) {
  if (mlirTypeIsAVector(type) || mlirTypeIsATensor(type))
    type = mlirShapedTypeGetElementType(type);
  return mlirTypeIsAIndex(type) || mlirTypeIsAInteger(type) || mlirTypeIsANone(type);
}

bool semanticsIsOnIntegers(MlirOperation op) {
  for (intptr_t i = 0; i < mlirOperationGetNumOperands(op); ++i)
    if (!isPlain(mlirValueGetType(mlirOperationGetOperand(op, i))))
      return false;
  for (intptr_t i = 0; i < mlirOperationGetNumResults(op); ++i)
    if (!isPlain(mlirValueGetType(mlirOperationGetResult(op, i))))
      return false;
  for (intptr_t r = 0; r < mlirOperationGetNumRegions(op); ++r) {
    MlirBlock block = mlirRegionGetFirstBlock(mlirOperationGetRegion(op, r));
    for (intptr_t i = 0; !mlirBlockIsNull(block) && i < mlirBlockGetNumArguments(block); ++i)
      if (!isPlain(mlirValueGetType(mlirBlockGetArgument(block, i))))
        return false;
  }
  return true;
}

OpMeaning semanticsOf(const Semantics *s, MlirOperation op) {
  MlirIdentifier name = mlirOperationGetName(op);
  int32_t meaning = tableGet(&s->meanings, tableKeyOf(name.ptr));
  if (meaning)
    return (OpMeaning)(meaning - 1);
  if (startsWith(mlirIdentifierStr(name), "linalg.") && mlirOperationGetNumRegions(op) == 1 &&
      mlirContextIsRegisteredOperation(s->context, mlirIdentifierStr(name)))
    return OP_LINALG;
  return semanticsIsOnIntegers(op) ? OP_INTEGERS : OP_UNKNOWN;
}

OpMeaning semanticsOfCall(const Semantics *s, MlirStringRef name) {
  MlirIdentifier id = mlirIdentifierGet(s->context, name);
  int32_t meaning = tableGet(&s->calls, tableKeyOf(id.ptr));
  return meaning ? (OpMeaning)(meaning - 1) : OP_UNKNOWN;
}
