#include "passes/fuse/terms.h"

#include <math.h>

bool pathSame(const Path *x, const Path *y, int32_t count) {
  for (int32_t i = 0; i < count && i < MAX_ROUNDS; ++i)
    if (x->rounds[i] != y->rounds[i])
      return false;
  return true;
}

FloatKind pathRound(ExprArena *arena, const Path *path, int32_t i) {
  return exprNode(arena, path->rounds[i]).type;
}

static void addTerm(ExprArena *arena, Terms *terms, Term term) {
  term.wide = exprWide(arena, term.expr);
  for (int32_t i = 0; i < terms->count; ++i) {
    Term *known = &terms->terms[i];
    if (known->wide != term.wide)
      continue;
    known->mixed |= known->expr != term.expr || known->path.count != term.path.count ||
                    !pathSame(&known->path, &term.path, term.path.count);
    known->powerRounds |= term.powerRounds;
    /* b^(1/2) * b^(1/2) is no b. */
    terms->overflow |= term.exponent != floor(term.exponent) && known->exponent + term.exponent > 0;
    /* Nor is b / b 1, where b is 0. */
    terms->overflow |= known->exponent * term.exponent < 0;
    known->exponent += term.exponent;
    return;
  }
  if (terms->count == MAX_TERMS)
    terms->overflow = true;
  else
    terms->terms[terms->count++] = term;
}

/* Adds the terms of expr^exponent. `context` holds the path, and whether a rounding on it is of
 * another power than the factors below it. */
static void takeApart(ExprArena *arena, Terms *terms, Expr expr, double exponent, Term context) {
  ExprNode node = exprNode(arena, expr);
  bool whole = exponent == floor(exponent);
  if (node.kind == EXPR_ROUND && whole) {
    if (context.path.count < MAX_ROUNDS)
      context.path.rounds[context.path.count] = expr;
    ++context.path.count;
    context.exponent = exponent;
    takeApart(arena, terms, node.a, exponent, context);
  } else if (node.kind == EXPR_CONST) {
    terms->coefficient *= pow(node.number, exponent);
  } else if (node.kind == EXPR_PRODUCT && whole) {
    terms->coefficient *= pow(node.number, exponent);
    for (int32_t i = 0; i < node.numFactors; ++i) {
      Factor factor = exprFactor(arena, expr, i);
      takeApart(arena, terms, factor.base, factor.exponent * exponent, context);
    }
  } else {
    context.powerRounds = context.path.count > 0 && context.exponent != exponent;
    context.expr = expr;
    context.exponent = exponent;
    addTerm(arena, terms, context);
  }
}

Terms termsOf(ExprArena *arena, Expr expr) {
  Terms terms = {.coefficient = 1};
  takeApart(arena, &terms, expr, 1, (Term){0});
  return terms;
}

int32_t termsFind(const Terms *terms, Expr wide) {
  for (int32_t i = 0; i < terms->count; ++i)
    if (terms->terms[i].wide == wide)
      return i;
  return -1;
}
