#include "lib/seam/symbols.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Support.h"
#include "mlir/IR/SymbolTable.h"

using mlir::SymbolTable;

// mlir-c can look a symbol up and rename it, but not list its uses, which attributes of any dialect
// may hold. Each region is asked for by itself: for a whole symbol table MLIR names only those in
// its own attributes.
bool seamVisitSymbolUses(MlirOperation symbolTable,
                         void (*visit)(MlirOperation user, MlirStringRef name, void *userData),
                         void *userData) {
  auto visitAll = [&](std::optional<SymbolTable::UseRange> uses) {
    if (!uses)
      return false;
    for (const SymbolTable::SymbolUse &use : *uses)
      visit(wrap(use.getUser()), wrap(use.getSymbolRef().getRootReference().getValue()), userData);
    return true;
  };
  mlir::Operation *op = unwrap(symbolTable);
  bool known = visitAll(SymbolTable::getSymbolUses(op));
  for (mlir::Region &region : op->getRegions())
    known = known && visitAll(SymbolTable::getSymbolUses(&region));
  return known;
}
