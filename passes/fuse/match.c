#include "passes/fuse/match.h"

#include <math.h>
#include <stddef.h>

#include "passes/fuse/table.h"

/* The ROUND nodes from the root of an expression down to a factor, outermost first. */
enum { MAX_ROUNDS = 4 };
typedef struct Path {
  int32_t count; /* larger than MAX_ROUNDS: more than are kept */
  Expr rounds[MAX_ROUNDS];
} Path;

/* A product taken apart through its roundings: factors equal up to roundings are one term. */
enum { MAX_TERMS = 16 };

typedef struct Term {
  Expr expr; /* as first spelled, without its roundings on the way to the root */
  Expr wide; /* in exact arithmetic */
  double exponent;
  Path path;
  bool mixed;       /* spelled more than once, with different roundings */
  bool powerRounds; /* rounded as a power, not before it is raised to it */
} Term;

typedef struct Terms {
  double coefficient;
  int32_t count;
  bool overflow;
  Term terms[MAX_TERMS];
} Terms;

static bool samePath(const Path *x, const Path *y, int32_t count) {
  for (int32_t i = 0; i < count && i < MAX_ROUNDS; ++i)
    if (x->rounds[i] != y->rounds[i])
      return false;
  return true;
}

/* The type of rounding number `i` of a path. */
static FloatKind roundType(ExprArena *arena, const Path *path, int32_t i) {
  return exprNode(arena, path->rounds[i]).type;
}

static void addTerm(ExprArena *arena, Terms *terms, Term term) {
  term.wide = exprWide(arena, term.expr);
  for (int32_t i = 0; i < terms->count; ++i) {
    Term *known = &terms->terms[i];
    if (known->wide != term.wide)
      continue;
    known->mixed |= known->expr != term.expr || known->path.count != term.path.count ||
                    !samePath(&known->path, &term.path, term.path.count);
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

static Terms termsOf(ExprArena *arena, Expr expr) {
  Terms terms = {.coefficient = 1};
  takeApart(arena, &terms, expr, 1, (Term){0});
  return terms;
}

/* --- the statistic: a * SUM t^2 + epsilon ---------------------------------------------------- */

typedef struct Statistic {
  Expr sum;            /* the SUM node */
  double scale;        /* a, with the dynamic size below divided out */
  Expr dynamicDivisor; /* a dynamic size by which the sum is divided, or 0 */
  Expr epsilon;
  bool rounded; /* something narrower than f32 on the way from the sum to the root */
  bool roundedTo[FLOAT_F64 + 1]; /* and to which types */
  bool scaledIn[FLOAT_F64 + 1];  /* the types in which it may have been scaled */
  const Decline *reason;         /* what is in it that the formula does not have */
  Expr failedAt;
} Statistic;

static void noteRounding(Statistic *s, FloatKind type) {
  s->rounded = true;
  s->roundedTo[type] = true;
}

static void noteDecline(Statistic *s, const Decline *reason, Expr at) {
  if (s->reason)
    return;
  s->reason = reason;
  s->failedAt = at;
}

/* What scales the sum, other than a size. */
static const Decline *explainFactor(ExprArena *arena, Expr factor) {
  bool sum = exprNode(arena, factor).kind == EXPR_ADD && exprHasSum(arena, factor);
  return sum ? &declineEpsilonInSum : &declineNotMean;
}

/* Reads scale * SUM, possibly divided by a dynamic size. False where no factor is a SUM. */
static bool readScaledSum(ExprArena *arena, Expr expr, Statistic *s) {
  Terms terms = termsOf(arena, expr);
  s->scale = terms.coefficient;
  for (int32_t i = 0; i < terms.count; ++i) {
    Term term = terms.terms[i];
    ExprNode node = exprNode(arena, term.expr);
    s->rounded |= term.mixed;
    for (int32_t k = 0; k < term.path.count && k < MAX_ROUNDS; ++k)
      noteRounding(s, roundType(arena, &term.path, k));
    if (node.kind == EXPR_SUM && !s->sum) {
      s->sum = term.expr;
      if (node.type != FLOAT_NONE)
        noteRounding(s, node.type);
      s->scaledIn[node.type] = true;
      if (term.path.count > 0 && term.path.count <= MAX_ROUNDS)
        s->scaledIn[roundType(arena, &term.path, term.path.count - 1)] |=
            exprNode(arena, term.path.rounds[term.path.count - 1]).a == term.expr;
      if (term.exponent != 1)
        noteDecline(s, term.exponent == 0.5 ? &declineEpsilonOutside : &declineNotMean, expr);
    } else if ((node.kind == EXPR_DIM || node.kind == EXPR_MAX) && term.exponent == -1 &&
               !s->dynamicDivisor) {
      s->dynamicDivisor = term.expr;
    } else {
      noteDecline(s, explainFactor(arena, term.expr), term.expr);
    }
  }
  return s->sum != 0;
}

/* Takes the expression under the root apart. False where it is no statistic. */
static bool readStatistic(ExprArena *arena, Expr root, Statistic *s) {
  *s = (Statistic){.epsilon = exprConst(arena, 0)};
  ExprNode node = exprNode(arena, root);
  for (; node.kind == EXPR_ROUND || node.kind == EXPR_ADD; node = exprNode(arena, root)) {
    if (node.kind == EXPR_ROUND) {
      noteRounding(s, node.type);
      root = node.a;
      continue;
    }
    bool firstHasSum = exprHasSum(arena, node.a);
    if (firstHasSum && exprHasSum(arena, node.b))
      noteDecline(s, &declineLayerNorm, root);
    root = firstHasSum ? node.a : node.b;
    s->epsilon = exprAdd(arena, s->epsilon, firstHasSum ? node.b : node.a);
  }
  return readScaledSum(arena, root, s);
}

static bool isClose(double x, double y) { return fabs(x - y) <= 0x1p-48 * fabs(y); }

/* Whether `scale` is 1/n, or 1/n or n as rounded to `type`. */
static bool isReciprocalIn(FloatKind type, double scale, double n) {
  return isClose(scale, floatRound(type, 1 / n)) || isClose(1 / scale, floatRound(type, n));
}

/* Whether `scale` is 1/n as far as f32 can say it, or 1/r^2 with the root r of n. */
static bool isWideReciprocal(double scale, double n) {
  double root = floatRound(FLOAT_F32, sqrt(n));
  return isReciprocalIn(FLOAT_F64, scale, n) || isReciprocalIn(FLOAT_F32, scale, n) ||
         isClose(1 / scale, root * root);
}

/* Whether the sum is scaled by 1/n as a front end may write it: exactly, or rounded to f32, or to a
 * narrower type. The last says no other size exactly, unless the product is in that type. */
static bool isReciprocal(Statistic *s, double n) {
  if (isWideReciprocal(s->scale, n))
    return true;
  s->rounded = true;
  bool saysOther = isWideReciprocal(s->scale, nearbyint(1 / s->scale));
  for (FloatKind type = FLOAT_F16; type <= FLOAT_BF16; ++type)
    if ((!saysOther || s->scaledIn[type]) && isReciprocalIn(type, s->scale, n))
      return true;
  return false;
}

static bool isMean(ExprArena *arena, Statistic *s) {
  ExprNode extent = exprNode(arena, exprNode(arena, s->sum).b);
  if (s->dynamicDivisor)
    return s->scale == 1 && s->dynamicDivisor == exprNode(arena, s->sum).b;
  return extent.kind == EXPR_CONST && isReciprocal(s, extent.number);
}

/* Not negative, and as an f32 neither infinite nor lost. */
static bool isEpsilon(double number) {
  return number == 0 || (number > 0 && (float)number > 0 && isfinite((float)number));
}

static bool isScalar(ExprArena *arena, Expr expr, int32_t rank) {
  if (exprHasSum(arena, expr))
    return false;
  for (int32_t var = 0; var < rank; ++var)
    if (exprUses(arena, expr, var))
      return false;
  return true;
}

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

static int32_t findTerm(const Terms *terms, Expr wide) {
  for (int32_t i = 0; i < terms->count; ++i)
    if (terms->terms[i].wide == wide)
      return i;
  return -1;
}

/* The roundings of the source, which only the faithful mode cares for. */
static void readRoundings(ExprArena *arena, NormMatch *match, const Statistic *s, const Term *root,
                          const Term *numerator, const Term *gamma, const Term *squared) {
  int32_t norm = root->path.count, sum = numerator->path.count - norm;
  bool known = norm <= 1 && (sum == 0 || sum == 1) && !numerator->mixed && !root->mixed &&
               samePath(&numerator->path, &root->path, norm);
  match->inexact = NULL;
  if (!known) {
    match->inexact = &declineRoundedOften;
    return;
  }
  match->normRounding = norm ? roundType(arena, &root->path, 0) : FLOAT_NONE;
  match->sumRounding = sum ? roundType(arena, &numerator->path, norm) : FLOAT_NONE;
  FloatKind squaredRounding =
      squared->path.count > 0 ? roundType(arena, &squared->path, 0) : FLOAT_NONE;
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
         (p->statistic.epsilon != exprConst(arena, 0) || isMean(arena, &p->statistic));
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
  return findTerm(&p->terms, exprRename(arena, square, p->summed, var)) >= 0 ||
         findTerm(&p->terms, exprRename(arena, moved, VAR_OPEN, last)) >= 0;
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
    int32_t t = findTerm(&p->terms, exprRename(arena, square->wide, p->summed, last));
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
  if (!isMean(arena, &p->statistic)) {
    p->statistic.scale = scale;
    p->gammaFactor = k;
    return k != 1 && isMean(arena, &p->statistic);
  }
  bool adds = p->squares.count == 1 &&
              exprNode(arena, p->terms.terms[p->numerator[0]].wide).kind == EXPR_ADD;
  bool ofT = p->squares.coefficient != 1 && !adds;
  if (k > 0 && !ofT && epsilon.kind == EXPR_CONST && isEpsilon(epsilon.number / (k * k)))
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
      (epsilon.kind == EXPR_CONST && !isEpsilon(epsilon.number)))
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
    if ((adds || term->powerRounds) && roundType(arena, &term->path, k) == FLOAT_F16)
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
    match->norm = numberDims(arena, match->root);
    if (p.root >= 0)
      readOverflows(arena, &p, false, match);
    return p.root < 0 ? MATCH_NONE : MATCH_NEAR;
  }
  match->norm = numberDims(arena, match->root);
  if (!readStatistic(arena, match->root, &p.statistic))
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
