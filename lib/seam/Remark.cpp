// mlir-c has no remarks: neither mlir::remark::passed and its like nor
// MLIRContext::getRemarkEngine.

#include "lib/seam/remark.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Support.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

bool remarksEnabled(MlirContext context) { return unwrap(context)->getRemarkEngine() != nullptr; }

static remark::detail::InFlightRemark start(RemarkKind kind, Location location,
                                            remark::RemarkOpts options) {
  switch (kind) {
  case REMARK_PASSED:
    return remark::passed(location, options);
  case REMARK_MISSED:
    return remark::missed(location, options);
  case REMARK_ANALYSIS:
    return remark::analysis(location, options);
  }
  return {};
}

void remarkEmit(RemarkKind kind, MlirLocation location, MlirStringRef function,
                const char *category, const char *name, size_t numFacts, const RemarkFact *facts) {
  auto options = remark::RemarkOpts::name(name).category(category).function(unwrap(function));
  auto remark = start(kind, unwrap(location), options);
  for (size_t i = 0; i < numFacts; ++i)
    remark << remark::detail::Remark::Arg(facts[i].key, facts[i].value);
}
