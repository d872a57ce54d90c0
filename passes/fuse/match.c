#include "passes/fuse/match.h"

#include <math.h>
#include <stddef.h>

#include "passes/fuse/statistic.h"
#include "passes/fuse/table.h"
#include "passes/fuse/terms.h"

/* --- the factors of y ------------------------------------------------------------------------ */

/* The term that is the reciprocal root of something with a sum, or a power of it, or -1: one that
 * divides before one that multiplies. The part under the root in `*root`. Without epsilon the
 * root's constant has left it: (a * SUM)^(-1/2) = a^(-1/2) * SUM^(-1/2). */
static int32_t findRoot(ExprArena *arena, Terms *terms, Expr *root) {
  int32_t found = -1;
  for (int32_t i = 0; i < terms->count; ++i) {
    Term term = terms->terms[i];
    bool divides = term.exponent <= -0.5;
    if ((divides || (found < 0 && term.exponent != floor(term.exponent))) &&
        exprHasSum(arena, term.expr))
      found = i;
    if (found == i && divides)
      break;
  }
  if (found < 0)
    return found;
  Term term = terms->terms[found];
  *root = term.expr;
  if (exprNode(arena, term.expr).kind == EXPR_SUM && term.exponent == -0.5) {
    double scale = 1 / (terms->coefficient * terms->coefficient);
    *root = exprMul(arena, exprConst(arena, scale), term.expr);
    terms->coefficient = copysign(1, terms->coefficient);
  }
  return found;
}

/* The roundings of the source, which only the faithful mode cares for. */
static void readRoundings(ExprArena *arena, NormMatch *match, const Statistic *s, const Term *root,
                          const Term *numerator, const Term *gamma, const Term *squared) {
  int32_t norm = root->path.count, sum = numerator->path.count - norm;
  bool known = norm <= 1 && (sum == 0 || sum == 1) && !numerator->mixed && !root->mixed &&
               pathSame(&numerator->path, &root->path, norm);
  match->inexact = NULL;
  if (!known) {
    match->inexact = &declineRoundedOften;
    return;
  }
  match->normRounding = norm ? pathRound(arena, &root->path, 0) : FLOAT_NONE;
  match->sumRounding = sum ? pathRound(arena, &numerator->path, norm) : FLOAT_NONE;
  FloatKind squaredRounding =
      squared->path.count > 0 ? pathRound(arena, &squared->path, 0) : FLOAT_NONE;
  if (s->rounded || squared->mixed || squared->powerRounds || squared->path.count > 1)
    match->inexact = &declineRoundedStatistic;
  else if (squaredRounding != match->sumRounding || match->inexactSum)
    match->inexact = &declineRoundedApart;
  else if (gamma && (gamma->path.count > 0 || gamma->mixed))
    match->inexact = &declineRoundedGamma;
}

/* gamma = offset + vector, or a vector. */
static bool readGamma(ExprArena *arena, const Term *term, NormMatch *match) {
  Expr expr = term->expr;
  ExprNode node = exprNode(arena, expr);
  if (node.kind == EXPR_ADD) {
    ExprNode a = exprNode(arena, node.a), b = exprNode(arena, node.b);
    if (a.kind == EXPR_CONST || b.kind == EXPR_CONST) {
      match->hasOffset = true;
      match->offset = a.kind == EXPR_CONST ? a.number : b.number;
      expr = a.kind == EXPR_CONST ? node.b : node.a;
    }
  }
  match->gamma = expr;
  return term->exponent == 1 && isfinite((float)match->offset);
}

/* Whether `expr` is a vector along the last of `rank` dimensions. */
static bool isRowVector(ExprArena *arena, Expr expr, int32_t rank) {
  if (exprHasSum(arena, expr) || !exprUses(arena, expr, rank - 1))
    return false;
  for (int32_t var = 0; var < rank - 1; ++var)
    if (exprUses(arena, expr, var))
      return false;
  return true;
}

static bool isScalar(ExprArena *arena, Expr expr, int32_t rank) {
  if (exprHasSum(arena, expr))
    return false;
  for (int32_t var = 0; var < rank; ++var)
    if (exprUses(arena, expr, var))
      return false;
  return true;
}

/* --- the formula ----------------------------------------------------------------------------- */

/* y taken apart. */
typedef struct NormParts {
  Terms terms;                  /* of y */
  int32_t root;                 /* the term that is the reciprocal root */
  Statistic statistic;          /* what is under it */
  Terms squares;                /* of the summed term */
  int32_t summed;               /* the variable it is summed over */
  int32_t numerator[MAX_TERMS]; /* the term of y for each of the squares */
  bool used[MAX_TERMS];         /* terms of y that are the root or a numerator */
  const Term *gamma;            /* or null */
  double tFactor, gammaFactor;  /* the constant factor of y belongs to one of them, or the root */
} NormParts;

static const Decline *declineAt(NormMatch *match, const Decline *reason, Expr at) {
  match->failedAt = at;
  return reason;
}

/* Whether term `i` of y scales rows: it is one value per row, and y differs along the row. */
static bool scalesRows(ExprArena *arena, const Terms *terms, int32_t i, int32_t last) {
  bool varies = false;
  for (int32_t k = 0; k < terms->count; ++k)
    varies |= k != i && exprUses(arena, terms->terms[k].expr, last);
  return varies && !exprUses(arena, terms->terms[i].expr, last);
}

/* The reciprocal root of something without a sum that expressions know, where it scales rows; or
 * -1.
 */
static int32_t findOpaqueRoot(ExprArena *arena, const Terms *terms, int32_t last, Expr *root) {
  for (int32_t i = 0; i < terms->count; ++i)
    if (terms->terms[i].exponent == -0.5 && scalesRows(arena, terms, i, last)) {
      *root = terms->terms[i].expr;
      return i;
    }
  return -1;
}

static bool areSquares(const Terms *terms) {
  for (int32_t i = 0; i < terms->count; ++i)
    if (terms->terms[i].exponent != 2)
      return false;
  return terms->count > 0 && !terms->overflow;
}

/* Squares that are divided by a dynamic size one by one, and rounded, are divided all together. */
static void takeDivisor(ExprArena *arena, NormParts *p) {
  Terms *squares = &p->squares;
  for (int32_t i = 0; i < squares->count && !p->statistic.dynamicDivisor; ++i) {
    ExprKind kind = exprNode(arena, squares->terms[i].expr).kind;
    if (squares->terms[i].exponent != -1 || (kind != EXPR_DIM && kind != EXPR_MAX))
      continue;
    p->statistic.dynamicDivisor = squares->terms[i].expr;
    p->statistic.rounded = true;
    squares->terms[i] = squares->terms[--squares->count];
  }
}

/* Whether y, which has the root of a statistic that is none of this formula's, is close to a norm
 * all the same: rows scaled by the reciprocal root of a mean, or of a sum plus epsilon. */
static bool isCloseToNorm(ExprArena *arena, NormParts *p, int32_t last) {
  double exponent = p->terms.terms[p->root].exponent;
  bool outside = exponent == -1 && p->statistic.reason == &declineEpsilonOutside;
  return scalesRows(arena, &p->terms, p->root, last) && (exponent == -0.5 || outside) &&
         (p->statistic.epsilon != exprConst(arena, 0) || statisticIsMean(arena, &p->statistic));
}

/* What is summed is a product of squares, scaled by nothing but a size. */
static const Decline *checkSquares(ExprArena *arena, const NormParts *p, NormMatch *match) {
  Expr body = exprNode(arena, p->statistic.sum).a;
  if (p->statistic.reason)
    return declineAt(match, p->statistic.reason, p->statistic.failedAt);
  if (areSquares(&p->squares))
    return NULL;
  bool nested = p->squares.count == 1 && exprNode(arena, p->squares.terms[0].expr).kind == EXPR_SUM;
  return declineAt(match, nested ? &declineManyAxes : &declineNotSquare,
                   nested ? p->statistic.sum : body);
}

/* Whether the squares are those of the numerator with `var` in the part of the last dimension: as
 * it is, or with the two dimensions swapped. */
static bool isSummedOver(ExprArena *arena, const NormParts *p, Expr square, int32_t var,
                         int32_t last) {
  Expr moved = exprRename(arena, square, var, VAR_OPEN);
  moved = exprRename(arena, moved, p->summed, var);
  return termsFind(&p->terms, exprRename(arena, square, p->summed, var)) >= 0 ||
         termsFind(&p->terms, exprRename(arena, moved, VAR_OPEN, last)) >= 0;
}

bool matchAddsMean(ExprArena *arena, Expr expr, int32_t last) {
  ExprNode node = exprNode(arena, expr);
  return node.kind == EXPR_ADD && ((exprHasSum(arena, node.a) && !exprUses(arena, node.a, last)) ||
                                   (exprHasSum(arena, node.b) && !exprUses(arena, node.b, last)));
}

/* Why y has no term for `square`. */
static const Decline *explainNumerator(ExprArena *arena, const NormParts *p, Expr square,
                                       int32_t last) {
  if (p->terms.count == 1)
    return &declineUnusedRoot;
  for (int32_t var = 0; var < last; ++var)
    if (isSummedOver(arena, p, square, var, last))
      return &declineOtherAxis;
  if (exprUses(arena, p->statistic.sum, last))
    return &declineStatisticAlongRow;
  for (int32_t i = 0; i < p->terms.count; ++i)
    if (i != p->root && matchAddsMean(arena, p->terms.terms[i].wide, last))
      return &declineLayerNorm;
  return &declineNumerator;
}

/* y has each of the squared terms, with the last dimension in place of the summed one. */
static const Decline *checkNumerator(ExprArena *arena, NormParts *p, int32_t last,
                                     NormMatch *match) {
  bool alongRow = exprUses(arena, p->statistic.sum, last);
  for (int32_t i = 0; i < p->squares.count; ++i) {
    const Term *square = &p->squares.terms[i];
    int32_t t = termsFind(&p->terms, exprRename(arena, square->wide, p->summed, last));
    if (alongRow || t < 0 || p->terms.terms[t].exponent != 1)
      return declineAt(match, explainNumerator(arena, p, square->wide, last), p->statistic.sum);
    p->numerator[i] = t;
    p->used[t] = true;
    match->inexactSum |= exprRename(arena, square->expr, p->summed, last) != p->terms.terms[t].expr;
  }
  return NULL;
}

/* Finds out to what the constant factor k of y belongs, so that the scaled sum is the mean: to
 * gamma; or to t, which is k T; or to the root, for T alone: k (a S + e)^(-1/2) is
 * (a/k^2 S + e/k^2)^(-1/2). */
static bool placeFactor(ExprArena *arena, NormParts *p, NormMatch *match) {
  double k = p->terms.coefficient, scale = p->statistic.scale * p->squares.coefficient;
  ExprNode epsilon = exprNode(arena, match->epsilon);
  p->tFactor = p->gammaFactor = 1;
  p->statistic.scale = scale / (k * k);
  if (!statisticIsMean(arena, &p->statistic)) {
    p->statistic.scale = scale;
    p->gammaFactor = k;
    return k != 1 && statisticIsMean(arena, &p->statistic);
  }
  bool adds = p->squares.count == 1 &&
              exprNode(arena, p->terms.terms[p->numerator[0]].wide).kind == EXPR_ADD;
  bool ofT = p->squares.coefficient != 1 && !adds;
  if (k > 0 && !ofT && epsilon.kind == EXPR_CONST && statisticIsEpsilon(epsilon.number / (k * k)))
    match->epsilon = exprConst(arena, epsilon.number / (k * k));
  else
    p->tFactor = k;
  return true;
}

/* One reciprocal root of the mean plus epsilon. */
static const Decline *checkStatistic(ExprArena *arena, NormParts *p, int32_t rank,
                                     NormMatch *match) {
  double exponent = p->terms.terms[p->root].exponent;
  match->spoiled = exponent < -0.5;
  bool repeated = match->spoiled && 2 * exponent == floor(2 * exponent);
  if (exponent != -0.5)
    return declineAt(match, repeated ? &declineRepeatedRoot : &declineOtherRoot, match->root);
  ExprNode epsilon = exprNode(arena, p->statistic.epsilon);
  if (!isScalar(arena, p->statistic.epsilon, rank) ||
      (epsilon.kind == EXPR_CONST && !statisticIsEpsilon(epsilon.number)))
    return declineAt(match, &declineEpsilonNotScalar, p->statistic.epsilon);
  match->epsilon = p->statistic.epsilon;
  match->extent = exprNode(arena, p->statistic.sum).b;
  return placeFactor(arena, p, match) ? NULL : declineAt(match, &declineNotMean, p->statistic.sum);
}

/* Whether `factor` is a number per element of t, or one per row: with it, y is something else. A
 * table of gammas that many rows share leaves the norm before it what it is. */
static bool spoils(ExprArena *arena, Expr factor, Expr t, int32_t rank) {
  bool perElement = true;
  for (int32_t var = 0; var < rank; ++var)
    perElement &= exprUses(arena, factor, var) || !exprUses(arena, t, var);
  return perElement || exprHasSum(arena, factor) || !exprUses(arena, factor, rank - 1);
}

/* Why `term` is no gamma. */
static const Decline *explainGamma(ExprArena *arena, const NormParts *p, Expr term, int32_t rank) {
  if (exprHasSum(arena, term))
    return &declineNotGamma;
  if (!exprUses(arena, term, rank - 1))
    return &declineGammaByRow;
  if (!isRowVector(arena, term, rank))
    return &declineGammaFull;
  return p->gamma ? &declineGammaTwice : &declineNotGamma;
}

/* What is left of y is gamma, or nothing. */
static const Decline *checkGamma(ExprArena *arena, NormParts *p, int32_t rank, NormMatch *match) {
  for (int32_t i = 0; i < p->terms.count; ++i) {
    const Term *term = &p->terms.terms[i];
    if (p->used[i])
      continue;
    if (p->gamma || !isRowVector(arena, term->expr, rank) || !readGamma(arena, term, match)) {
      Expr t = p->terms.terms[p->numerator[0]].wide;
      match->spoiled = p->gamma || spoils(arena, term->expr, t, rank);
      return declineAt(match, explainGamma(arena, p, term->expr, rank), term->expr);
    }
    p->gamma = term;
  }
  if (p->gammaFactor == 1)
    return NULL;
  if (!p->gamma || match->hasOffset)
    return declineAt(match, &declineNotMean, p->statistic.sum);
  match->gamma = exprMul(arena, exprConst(arena, p->gammaFactor), match->gamma);
  return NULL;
}

static void readSum(ExprArena *arena, const NormParts *p, NormMatch *match) {
  double k = p->terms.coefficient / p->tFactor / p->gammaFactor;
  match->rstd = exprMul(arena, exprConst(arena, k), exprPow(arena, match->root, -0.5));
  if (p->tFactor != 1)
    match->rstd = 0;
  match->t = match->tWide = exprConst(arena, p->tFactor);
  for (int32_t i = 0; i < p->squares.count; ++i) {
    const Term *t = &p->terms.terms[p->numerator[i]];
    match->t = exprMul(arena, match->t, t->expr);
    match->tWide = exprMul(arena, match->tWide, t->wide);
    match->inexactSum |=
        p->squares.count > 1 && t->path.count != p->terms.terms[p->root].path.count;
  }
}

/* Whether a sum in `t`, through scales and roundings, is rounded to f16. */
static bool hasNarrowSum(ExprArena *arena, Expr t, Table *known) {
  TableKey key = tableKeyOfNumber(t, 0);
  int32_t memo = tableGet(known, key);
  if (memo)
    return memo == 2;
  ExprNode node = exprNode(arena, t);
  bool narrow = false;
  if (node.kind == EXPR_ROUND)
    narrow = (node.type == FLOAT_F16 && exprNode(arena, node.a).kind == EXPR_ADD) ||
             hasNarrowSum(arena, node.a, known);
  else if (node.kind == EXPR_ADD)
    narrow = hasNarrowSum(arena, node.a, known) || hasNarrowSum(arena, node.b, known);
  else if (node.kind == EXPR_PRODUCT && node.numFactors == 1)
    narrow = hasNarrowSum(arena, exprFactor(arena, t, 0).base, known);
  tableSet(known, key, narrow ? 2 : 1);
  return narrow;
}

/* Whether the source holds a sum that is one of the terms, or a power of a term, in f16. The first
 * `outer` roundings on the way to the terms are of something else. */
static bool termOverflows(ExprArena *arena, const Term *term, int32_t outer, Table *known) {
  ExprNode node = exprNode(arena, term->expr);
  bool adds = node.kind == EXPR_ADD && exprNode(arena, node.a).kind != EXPR_CONST &&
              exprNode(arena, node.b).kind != EXPR_CONST;
  for (int32_t k = outer; k < term->path.count && k < MAX_ROUNDS; ++k)
    if ((adds || term->powerRounds) && pathRound(arena, &term->path, k) == FLOAT_F16)
      return true;
  return hasNarrowSum(arena, term->expr, known);
}

/* What of the sum and its squares is held in f16; where it is not known what is normalised, that is
 * anything but the root. */
static void readOverflows(ExprArena *arena, const NormParts *p, bool isNumerator,
                          NormMatch *match) {
  Table known = {NULL};
  match->overflows = p->statistic.roundedTo[FLOAT_F16];
  for (int32_t i = 0; i < p->squares.count; ++i)
    match->overflows |= termOverflows(arena, &p->squares.terms[i], 0, &known);
  int32_t outer = p->terms.terms[p->root].path.count;
  for (int32_t i = 0; i < p->terms.count; ++i) {
    const Term *term = &p->terms.terms[i];
    if (i == p->root || (isNumerator && !p->used[i]))
      continue;
    match->narrowSum |= hasNarrowSum(arena, term->expr, &known);
    match->overflows |= termOverflows(arena, term, outer, &known);
  }
  tableFree(&known);
}

/* `root` with its dimensions numbered from 0, in their order. */
static Expr numberDims(ExprArena *arena, Expr root) {
  int32_t next = 0;
  for (int32_t var = 0; var < MAX_RANK; ++var)
    if (exprUses(arena, root, var))
      root = exprRename(arena, root, var, next++);
  return root;
}

MatchResult matchNorm(ExprArena *arena, Expr y, int32_t rank, FloatKind type, NormMatch *match,
                      const Decline **reason) {
  *match = (NormMatch){0};
  NormParts p = {0};
  ExprNode node = exprNode(arena, y);
  p.terms = termsOf(arena, node.kind == EXPR_ROUND && node.type == type ? node.a : y);
  if (p.terms.overflow)
    return MATCH_NONE;
  p.root = findRoot(arena, &p.terms, &match->root);
  if (p.root < 0) {
    *reason = &declineOpaqueStatistic;
    p.root = findOpaqueRoot(arena, &p.terms, rank - 1, &match->root);
    if (p.root < 0)
      return MATCH_NONE;
    match->norm = numberDims(arena, match->root);
    readOverflows(arena, &p, false, match);
    return MATCH_NEAR;
  }
  match->norm = numberDims(arena, match->root);
  if (!statisticRead(arena, match->root, &p.statistic))
    return MATCH_NONE;
  p.used[p.root] = true;
  ExprNode sum = exprNode(arena, p.statistic.sum);
  p.summed = sum.index;
  p.squares = termsOf(arena, sum.a);
  takeDivisor(arena, &p);

  *reason = checkSquares(arena, &p, match);
  bool isStatistic = !*reason;
  if (isStatistic)
    *reason = checkNumerator(arena, &p, rank - 1, match);
  bool isNumerator = !*reason;
  if (!*reason)
    *reason = checkStatistic(arena, &p, rank, match);
  if (!*reason)
    *reason = checkGamma(arena, &p, rank, match);
  readOverflows(arena, &p, isNumerator, match);
  if (*reason) {
    bool near = isStatistic ? isNumerator || p.terms.terms[p.root].exponent == -0.5
                            : isCloseToNorm(arena, &p, rank - 1);
    return near ? MATCH_NEAR : MATCH_NONE;
  }
  readSum(arena, &p, match);
  readRoundings(arena, match, &p.statistic, &p.terms.terms[p.root], &p.terms.terms[p.numerator[0]],
                p.gamma, &p.squares.terms[0]);
  return MATCH_NORM;
}
