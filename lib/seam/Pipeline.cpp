// The named pipeline for NPUs. mlir-c can run a pipeline but not register one under a name.

#include "lib/seam/pipeline.h"
#include "addnorm/AddNorm.h"
#include "passes/steps.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

namespace {
struct NpuOptions : mlir::PassPipelineOptions<NpuOptions> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("The machine: a name of docs/npu-targets.md, or the path "
                     "of a .json file"),
      llvm::cl::init("ascend-like")};
  Option<std::string> launch{*this, "launch", llvm::cl::desc("As of addnorm-lower"),
                             llvm::cl::init("loop")};
  Option<bool> trace{*this, "trace", llvm::cl::desc("Tell the runtime what the code does"),
                     llvm::cl::init(false)};
  Option<std::string> numerics{*this, "numerics", llvm::cl::desc("As of addnorm-fuse"),
                               llvm::cl::init("widen")};
  Option<int64_t> lanes{*this, "lanes", llvm::cl::desc("As of addnorm-fuse"), llvm::cl::init(64)};
  Option<int64_t> chunk{*this, "chunk", llvm::cl::desc("As of addnorm-fuse"), llvm::cl::init(0)};
};

std::string npuPipeline(const NpuOptions &options) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "addnorm-fuse{numerics=" << options.numerics << " lanes=" << options.lanes
      << " chunk=" << options.chunk << "}," << addnormStepsToLinalg << "," << addnormStepsToBuffers
      << "," << addnormStepsToLoops << ",addnorm-lower{target=npu npu=" << options.target
      << " launch=" << options.launch << "},addnorm-dma-to-calls";
  if (options.trace)
    out << "{trace=" << options.target << "}";
  char toLlvm[ADDNORM_STEPS_TEXT];
  addnormStepsToLlvm(toLlvm, sizeof toLlvm, false);
  out << "," << toLlvm;
  return text;
}

// Fails, with a message, where a pass of the pipeline is not registered: upstream's are the
// program's to register.
mlir::LogicalResult buildNpuPipeline(mlir::OpPassManager &manager, llvm::StringRef text,
                                     llvm::function_ref<mlir::LogicalResult(const llvm::Twine &)>) {
  NpuOptions options;
  if (failed(options.parseFromString(text)))
    return mlir::failure();
  return mlir::parsePassPipeline(npuPipeline(options), manager);
}
} // namespace

void addnormRegisterPipelines(void) {
  static const bool once = [] {
    mlir::registerPassPipeline(
        "addnorm-npu-pipeline",
        "A tosa or linalg model to LLVM calls of the runtime of addnorm-c/npu_runtime.h",
        buildNpuPipeline, [](llvm::function_ref<void(const mlir::detail::PassOptions &)> show) {
          show(NpuOptions());
        });
    return true;
  }();
  (void)once;
}
