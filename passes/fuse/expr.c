#include "passes/fuse/expr.h"

#include "passes/fuse/expr_join.h"
#include "passes/fuse/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Products with more factors than this keep the surplus as one opaque base. */
enum { MAX_FACTORS = 12 };

struct ExprArena {
  ExprNode *nodes; /* nodes[0] is unused */
  Expr *wide;      /* of each node, or 0 where it is not known yet */
  size_t numNodes, nodeCapacity, wideCapacity;
  Factor *factors;
  size_t numFactors, factorCapacity;
  Index *indices; /* indices[0] is unused */
  size_t numIndices, indexCapacity;
  HashIndex byHash, indexByHash;
  Table renamed, uses, freeNames;
};

/* --- the arena ------------------------------------------------------------------------------- */

ExprArena *exprArenaCreate(void) {
  ExprArena *arena = calloc(1, sizeof *arena);
  if (!arena)
    abort();
  arena->numNodes = arena->numIndices = 1;
  return arena;
}

void exprArenaDestroy(ExprArena *arena) {
  free(arena->nodes);
  free(arena->wide);
  free(arena->factors);
  free(arena->indices);
  hashIndexFree(&arena->byHash);
  hashIndexFree(&arena->indexByHash);
  tableFree(&arena->renamed);
  tableFree(&arena->uses);
  tableFree(&arena->freeNames);
  free(arena);
}

ExprNode exprNode(const ExprArena *arena, Expr expr) { return arena->nodes[expr]; }

Factor exprFactor(const ExprArena *arena, Expr product, int32_t i) {
  return arena->factors[arena->nodes[product].firstFactor + i];
}

static uint64_t hashNumber(uint64_t hash, double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  return hashMix(hash, bits);
}

static uint64_t hashPair(uint64_t hash, int32_t x, int32_t y) {
  return hashMix(hash, (uint64_t)(uint32_t)x << 32 | (uint32_t)y);
}

/* Where in the table a node is looked for: near those made from nodes of about the same age, or
 * from the same part of the program. */
static uint64_t neighbourhood(const ExprNode *node, const Factor *factors) {
  if (node->value)
    return (uint64_t)(uintptr_t)node->value >> 12;
  Expr newest = node->a > node->b ? node->a : node->b;
  for (int32_t i = 0; i < node->numFactors; ++i)
    newest = factors[i].base > newest ? factors[i].base : newest;
  return (uint64_t)newest >> 6;
}

static uint32_t hashNode(const ExprNode *node, const Factor *factors) {
  uint64_t hash = hashPair(0, (int32_t)node->kind, (int32_t)node->type);
  hash = hashMix(hash, (uint64_t)(uintptr_t)node->value);
  hash = hashPair(hash, node->a, node->b);
  hash = hashPair(hash, node->index, node->numFactors);
  hash = hashNumber(hash, node->number);
  for (int32_t i = 0; i < node->numFactors; ++i)
    hash = hashNumber(hashMix(hash, (uint64_t)factors[i].base), factors[i].exponent);
  return hashNear(neighbourhood(node, factors), hash);
}

static bool sameNode(const ExprArena *arena, const ExprNode *x, const ExprNode *y,
                     const Factor *yFactors) {
  if (x->kind != y->kind || x->type != y->type || x->value != y->value || x->index != y->index ||
      x->a != y->a || x->b != y->b || memcmp(&x->number, &y->number, sizeof x->number) != 0 ||
      x->numFactors != y->numFactors)
    return false;
  for (int32_t i = 0; i < x->numFactors; ++i) {
    Factor factor = arena->factors[x->firstFactor + i];
    if (factor.base != yFactors[i].base || factor.exponent != yFactors[i].exponent)
      return false;
  }
  return true;
}

static uint64_t varsOf(const Index *index) {
  uint64_t vars = 0;
  for (int32_t d = 0; d < index->rank; ++d)
    for (int32_t k = 0; k < index->numDigits[d]; ++k)
      vars |= 1ull << (index->digits[d][k].var < VAR_BOUND ? index->digits[d][k].var : VAR_OTHERS);
  return vars;
}

static void describePart(const ExprArena *arena, ExprNode *node, Expr part) {
  const ExprNode *inner = &arena->nodes[part];
  node->vars |= inner->vars;
  node->hasSum |= inner->hasSum;
  node->rounds |= inner->rounds;
  if (node->depth <= inner->depth)
    node->depth = inner->depth + 1;
}

static void describe(const ExprArena *arena, ExprNode *node, const Factor *factors) {
  node->depth = 1;
  node->hasSum = node->kind == EXPR_SUM;
  node->rounds = node->kind == EXPR_ROUND || (node->kind == EXPR_SUM && node->type != FLOAT_NONE);
  if (node->kind == EXPR_LEAF)
    node->vars = varsOf(&arena->indices[node->index]);
  if (node->a)
    describePart(arena, node, node->a);
  if (node->b)
    describePart(arena, node, node->b);
  for (int32_t i = 0; i < node->numFactors; ++i)
    describePart(arena, node, factors[i].base);
}

/* The one number of `node`, whose factors (if it is a product) are `factors`. */
static Expr intern(ExprArena *arena, ExprNode node, const Factor *factors) {
  uint32_t hash = hashNode(&node, factors);
  size_t cursor = hash;
  for (Expr e; (e = hashIndexNext(&arena->byHash, hash, &cursor));)
    if (sameNode(arena, &arena->nodes[e], &node, factors))
      return e;

  describe(arena, &node, factors);
  arrayReserve((void **)&arena->factors, &arena->factorCapacity,
               arena->numFactors + (size_t)node.numFactors, sizeof *arena->factors);
  if (node.numFactors)
    memcpy(arena->factors + arena->numFactors, factors, (size_t)node.numFactors * sizeof *factors);
  node.firstFactor = (int32_t)arena->numFactors;
  arena->numFactors += (size_t)node.numFactors;

  arrayReserve((void **)&arena->nodes, &arena->nodeCapacity, arena->numNodes + 1, sizeof node);
  arrayReserve((void **)&arena->wide, &arena->wideCapacity, arena->numNodes + 1,
               sizeof *arena->wide);
  Expr expr = (Expr)arena->numNodes++;
  arena->nodes[expr] = node;
  arena->wide[expr] = node.rounds ? 0 : expr;
  hashIndexAdd(&arena->byHash, hash, expr);
  return expr;
}

/* --- indices --------------------------------------------------------------------------------- */

static bool sameIndex(const Index *x, const Index *y) {
  if (x->rank != y->rank)
    return false;
  for (int32_t d = 0; d < x->rank; ++d) {
    if (x->numDigits[d] != y->numDigits[d])
      return false;
    if (memcmp(x->digits[d], y->digits[d], (size_t)x->numDigits[d] * sizeof(Digit)) != 0)
      return false;
  }
  return true;
}

static uint32_t hashOfIndex(const Index *index) {
  uint64_t hash = 0;
  for (int32_t d = 0; d < index->rank; ++d) {
    hash = hashPair(hash, d, index->numDigits[d]);
    for (int32_t k = 0; k < index->numDigits[d]; ++k)
      hash = hashMix(hashPair(hash, index->digits[d][k].var, index->digits[d][k].mayBroadcast),
                     (uint64_t)index->digits[d][k].extent);
  }
  return (uint32_t)hash;
}

IndexId indexIntern(ExprArena *arena, const Index *index) {
  uint32_t hash = hashOfIndex(index);
  size_t cursor = hash;
  for (IndexId i; (i = hashIndexNext(&arena->indexByHash, hash, &cursor));)
    if (sameIndex(&arena->indices[i], index))
      return i;
  arrayReserve((void **)&arena->indices, &arena->indexCapacity, arena->numIndices + 1,
               sizeof *index);
  IndexId id = (IndexId)arena->numIndices++;
  arena->indices[id] = *index;
  hashIndexAdd(&arena->indexByHash, hash, id);
  return id;
}

const Index *indexGet(const ExprArena *arena, IndexId id) { return &arena->indices[id]; }

bool indexUses(const ExprArena *arena, IndexId id, int32_t var) {
  const Index *index = &arena->indices[id];
  for (int32_t d = 0; d < index->rank; ++d)
    for (int32_t k = 0; k < index->numDigits[d]; ++k)
      if (index->digits[d][k].var == var)
        return true;
  return false;
}

static IndexId renameIndex(ExprArena *arena, IndexId id, int32_t from, int32_t to) {
  Index index = arena->indices[id];
  for (int32_t d = 0; d < index.rank; ++d)
    for (int32_t k = 0; k < index.numDigits[d]; ++k)
      if (index.digits[d][k].var == from)
        index.digits[d][k].var = to;
  return indexIntern(arena, &index);
}

/* --- constructors: each returns the normal form ---------------------------------------------- */

Expr exprLeaf(ExprArena *arena, const void *value, IndexId index, FloatKind type) {
  return intern(arena, (ExprNode){.kind = EXPR_LEAF, .value = value, .index = index, .type = type},
                NULL);
}

Expr exprConst(ExprArena *arena, double number) {
  return intern(arena, (ExprNode){.kind = EXPR_CONST, .number = number}, NULL);
}

Expr exprDim(ExprArena *arena, const void *value, int32_t dim) {
  return intern(arena, (ExprNode){.kind = EXPR_DIM, .value = value, .index = dim}, NULL);
}

static bool isConst(const ExprArena *arena, Expr e, double *number) {
  *number = arena->nodes[e].number;
  return arena->nodes[e].kind == EXPR_CONST;
}

static Expr makePair(ExprArena *arena, ExprKind kind, Expr a, Expr b) {
  return intern(arena, (ExprNode){.kind = kind, .a = a < b ? a : b, .b = a < b ? b : a}, NULL);
}

/* The sizes of which some maximum is the largest, sorted; more than these are not told apart. */
enum { MAX_SIZES = 16 };
typedef struct Sizes {
  int32_t count; /* MAX_SIZES + 1: too many */
  Expr sizes[MAX_SIZES + 1];
} Sizes;

static void collectSizes(const ExprArena *arena, Expr e, Sizes *s) {
  ExprNode node = arena->nodes[e];
  if (s->count > MAX_SIZES)
    return;
  if (node.kind == EXPR_MAX) {
    collectSizes(arena, node.a, s);
    collectSizes(arena, node.b, s);
    return;
  }
  int32_t at = 0;
  while (at < s->count && s->sizes[at] < e)
    ++at;
  if (at < s->count && s->sizes[at] == e)
    return;
  memmove(&s->sizes[at + 1], &s->sizes[at], (size_t)(s->count++ - at) * sizeof *s->sizes);
  s->sizes[at] = e;
}

Expr exprMax(ExprArena *arena, Expr a, Expr b) {
  double x, y;
  if (a == b || (isConst(arena, a, &x) && isConst(arena, b, &y)))
    return a == b || x > y ? a : b;
  Sizes all = {0};
  collectSizes(arena, a, &all);
  collectSizes(arena, b, &all);
  if (all.count > MAX_SIZES)
    return makePair(arena, EXPR_MAX, a, b);
  Expr max = all.sizes[0];
  for (int32_t i = 1; i < all.count; ++i)
    max = makePair(arena, EXPR_MAX, max, all.sizes[i]);
  return max;
}

Expr exprAbs(ExprArena *arena, Expr a) {
  return intern(arena, (ExprNode){.kind = EXPR_ABS, .a = a}, NULL);
}

/* (e + x) + y is e + (x + y). */
static Expr addConst(ExprArena *arena, Expr e, double y) {
  ExprNode node = arena->nodes[e];
  double x;
  if (node.kind == EXPR_ADD && isConst(arena, node.a, &x))
    return exprAdd(arena, node.b, exprConst(arena, x + y));
  if (node.kind == EXPR_ADD && isConst(arena, node.b, &x))
    return exprAdd(arena, node.a, exprConst(arena, x + y));
  return makePair(arena, EXPR_ADD, e, exprConst(arena, y));
}

Expr exprAdd(ExprArena *arena, Expr a, Expr b) {
  double x, y;
  bool xConst = isConst(arena, a, &x), yConst = isConst(arena, b, &y);
  if (xConst && yConst)
    return exprConst(arena, x + y);
  if (xConst && x == 0)
    return b;
  if (yConst && y == 0)
    return a;
  if (yConst)
    return addConst(arena, a, y);
  return xConst ? addConst(arena, b, x) : makePair(arena, EXPR_ADD, a, b);
}

/* A product under construction. */
typedef struct Product {
  double coefficient;
  int32_t numFactors;
  Factor factors[MAX_FACTORS + 1]; /* multiply adds one beyond at most, once */
} Product;

static bool isEven(double x) { return fmod(x, 2) == 0; }
static bool isInteger(double x) { return x == floor(x); }

/* b^x * b^y is b^(x + y), unless roots would cancel, which is b only where b is not negative, or
 * what divides would, which is 1 only where b is not 0: sizes never are. */
static bool exponentsAdd(const ExprArena *arena, Expr base, double x, double y) {
  ExprKind kind = arena->nodes[base].kind;
  bool divides = x * y < 0 && kind != EXPR_DIM && kind != EXPR_MAX;
  return !divides && (isInteger(x) || isInteger(y) || !isInteger(x + y));
}

static void multiplyBase(const ExprArena *arena, Product *product, Expr base, double exponent) {
  for (int32_t i = 0; i < product->numFactors; ++i) {
    Factor *factor = &product->factors[i];
    if (factor->base == base && exponentsAdd(arena, base, factor->exponent, exponent)) {
      factor->exponent += exponent;
      return;
    }
  }
  product->factors[product->numFactors++] = (Factor){base, exponent};
}

/* (b^inner)^outer is b^(inner*outer) for all b: (b^2)^(1/2) is not, nor is (b^(1/2))^2. */
static bool powersMultiply(double inner, double outer) {
  if (isInteger(inner))
    return isInteger(outer) || !isEven(inner);
  return !isInteger(inner * outer);
}

/* (S + epsilon) / n under a root stays what it is, and apart from a root of n outside. */
static bool isScaledAdd(const ExprArena *arena, Expr product) {
  return arena->nodes[product].number != 1 &&
         arena->nodes[exprFactor(arena, product, 0).base].kind == EXPR_ADD;
}

/* Multiplies `product` by e^exponent, taking e apart as far as that is the same function of the
 * reals (and as it fits). */
static void multiply(const ExprArena *arena, Product *product, Expr e, double exponent) {
  ExprNode node = arena->nodes[e];
  if (node.kind == EXPR_CONST) {
    product->coefficient *= pow(node.number, exponent);
    return;
  }
  if (node.kind == EXPR_ABS && isEven(exponent)) {
    multiply(arena, product, node.a, exponent);
    return;
  }
  bool apart =
      node.kind == EXPR_PRODUCT && product->numFactors + node.numFactors <= MAX_FACTORS &&
      (isInteger(exponent) || (node.number > 0 && node.numFactors == 1 && !isScaledAdd(arena, e)));
  for (int32_t i = 0; apart && i < node.numFactors; ++i)
    apart = powersMultiply(exprFactor(arena, e, i).exponent, exponent);
  if (!apart) {
    multiplyBase(arena, product, e, exponent);
    return;
  }
  product->coefficient *= pow(node.number, exponent);
  for (int32_t i = 0; i < node.numFactors; ++i) {
    Factor factor = exprFactor(arena, e, i);
    multiplyBase(arena, product, factor.base, factor.exponent * exponent);
  }
}

static int compareFactors(const void *x, const void *y) {
  const Factor *a = x, *b = y;
  if (a->base != b->base)
    return a->base < b->base ? -1 : 1;
  return (a->exponent > b->exponent) - (a->exponent < b->exponent);
}

static Expr makeProduct(ExprArena *arena, Product *product) {
  if (product->numFactors == 0)
    return exprConst(arena, product->coefficient);
  if (product->numFactors == 1 && product->coefficient == 1 && product->factors[0].exponent == 1)
    return product->factors[0].base;
  qsort(product->factors, (size_t)product->numFactors, sizeof *product->factors, compareFactors);
  return intern(arena,
                (ExprNode){.kind = EXPR_PRODUCT,
                           .number = product->coefficient,
                           .numFactors = product->numFactors},
                product->factors);
}

Expr exprMul(ExprArena *arena, Expr a, Expr b) {
  Product product = {.coefficient = 1};
  multiply(arena, &product, a, 1);
  multiply(arena, &product, b, 1);
  return makeProduct(arena, &product);
}

Expr exprPow(ExprArena *arena, Expr base, double exponent) {
  Product product = {.coefficient = 1};
  multiply(arena, &product, base, exponent);
  return makeProduct(arena, &product);
}

/* A copy of a product node to work on, without its coefficient. */
static Product copyFactors(const ExprArena *arena, Expr expr) {
  ExprNode node = arena->nodes[expr];
  Product product = {.coefficient = 1, .numFactors = node.numFactors};
  memcpy(product.factors, arena->factors + node.firstFactor,
         (size_t)node.numFactors * sizeof *product.factors);
  return product;
}

Expr exprWithoutCoefficient(ExprArena *arena, Expr expr) {
  Product rest = copyFactors(arena, expr);
  return makeProduct(arena, &rest);
}

Expr exprWithoutFactor(ExprArena *arena, Expr expr, int32_t i) {
  Product rest = copyFactors(arena, expr);
  rest.coefficient = arena->nodes[expr].number;
  rest.factors[i] = rest.factors[--rest.numFactors];
  return makeProduct(arena, &rest);
}

/* Takes the constant factors and the sizes out of a product. */
static Product takeConstants(ExprArena *arena, Expr *product) {
  ExprNode node = arena->nodes[*product];
  Product taken = {.coefficient = 1}, rest = {.coefficient = 1};
  if (node.kind != EXPR_PRODUCT)
    return taken;
  taken.coefficient = node.number;
  for (int32_t i = 0; i < node.numFactors; ++i) {
    Factor factor = exprFactor(arena, *product, i);
    ExprKind kind = arena->nodes[factor.base].kind;
    Product *into = kind == EXPR_DIM || kind == EXPR_MAX ? &taken : &rest;
    into->factors[into->numFactors++] = factor;
  }
  *product = makeProduct(arena, &rest);
  return taken;
}

/* Constant factors leave the sum, so that a mean divided element by element is a mean. */
static Expr makeSum(ExprArena *arena, int32_t var, Expr extent, Expr body, FloatKind accumulator) {
  Product outside = takeConstants(arena, &body);
  Expr sum = intern(arena,
                    (ExprNode){.kind = EXPR_SUM,
                               .index = var,
                               .a = body,
                               .b = extent,
                               .type = accumulator < FLOAT_F32 ? accumulator : FLOAT_NONE},
                    NULL);
  return exprMul(arena, makeProduct(arena, &outside), sum);
}

/* The first name that, put in place of `open`, no SUM inside `expr` captures: past those of the
 * sums over terms with `open`. */
static int32_t freeName(ExprArena *arena, Expr expr, int32_t open) {
  if (!exprUses(arena, expr, open))
    return VAR_BOUND;
  TableKey key = tableKeyOfNumber(expr, open);
  int32_t name = tableGet(&arena->freeNames, key);
  if (name)
    return name;
  ExprNode node = arena->nodes[expr];
  Expr parts[2] = {node.kind == EXPR_LEAF ? 0 : node.a, node.kind == EXPR_ADD ? node.b : 0};
  name = node.kind == EXPR_SUM ? node.index + 1 : VAR_BOUND;
  for (int32_t i = 0; i < 2 + node.numFactors; ++i) {
    Expr part = i < 2 ? parts[i] : exprFactor(arena, expr, i - 2).base;
    int32_t inner = part ? freeName(arena, part, open) : VAR_BOUND;
    name = inner > name ? inner : name;
  }
  tableSet(&arena->freeNames, key, name);
  return name;
}

Expr exprSum(ExprArena *arena, int32_t open, Expr extent, Expr body, FloatKind accumulator) {
  Expr joined = exprJoinSums(arena, open, extent, body, accumulator);
  if (joined)
    return joined;
  int32_t var = freeName(arena, body, open);
  return makeSum(arena, var, extent, exprRename(arena, body, open, var), accumulator);
}

/* Whether `e` is known to be a value of `type` already. */
static bool fitsType(const ExprArena *arena, Expr e, FloatKind type) {
  ExprNode node = arena->nodes[e];
  return (node.kind == EXPR_LEAF || node.kind == EXPR_ROUND) && floatFits(node.type, type);
}

Expr exprRound(ExprArena *arena, FloatKind type, Expr body) {
  double number;
  if (isConst(arena, body, &number))
    return exprConst(arena, floatRound(type, number));
  if (type >= FLOAT_F32 || type == FLOAT_NONE || fitsType(arena, body, type))
    return body;
  return intern(arena, (ExprNode){.kind = EXPR_ROUND, .a = body, .type = type}, NULL);
}

/* --- whole-expression functions, memoised ---------------------------------------------------- */

typedef struct Rebuild {
  bool wide;        /* drop roundings */
  int32_t from, to; /* otherwise rename this variable */
} Rebuild;

static Expr rebuild(ExprArena *arena, Expr expr, Rebuild how);

static Expr rebuildProduct(ExprArena *arena, Expr expr, Rebuild how) {
  Expr product = exprConst(arena, arena->nodes[expr].number);
  for (int32_t i = 0; i < arena->nodes[expr].numFactors; ++i) {
    Factor factor = exprFactor(arena, expr, i);
    Expr base = rebuild(arena, factor.base, how);
    product = exprMul(arena, product, exprPow(arena, base, factor.exponent));
  }
  return product;
}

static Expr rebuildNode(ExprArena *arena, Expr expr, Rebuild how) {
  ExprNode node = arena->nodes[expr];
  switch (node.kind) {
  case EXPR_LEAF:
    return how.wide ? expr
                    : exprLeaf(arena, node.value, renameIndex(arena, node.index, how.from, how.to),
                               node.type);
  case EXPR_CONST:
  case EXPR_DIM:
  case EXPR_MAX:
    return expr;
  case EXPR_ABS:
    return exprAbs(arena, rebuild(arena, node.a, how));
  case EXPR_ADD: {
    Expr a = rebuild(arena, node.a, how), b = rebuild(arena, node.b, how);
    return exprAdd(arena, a, b);
  }
  case EXPR_PRODUCT:
    return rebuildProduct(arena, expr, how);
  case EXPR_SUM:
    if (!how.wide && node.index == how.from)
      return expr;
    return makeSum(arena, node.index, node.b, rebuild(arena, node.a, how),
                   how.wide ? FLOAT_NONE : node.type);
  case EXPR_ROUND: {
    Expr body = rebuild(arena, node.a, how);
    return how.wide ? body : exprRound(arena, node.type, body);
  }
  }
  return expr;
}

static Expr rebuild(ExprArena *arena, Expr expr, Rebuild how) {
  TableKey key = {((uint64_t)expr << 21 | (uint32_t)how.to) << 9, how.from}; /* to < 2^21 */
  Expr known = how.wide ? arena->wide[expr] : tableGet(&arena->renamed, key);
  if (known)
    return known;
  Expr made = rebuildNode(arena, expr, how);
  if (how.wide)
    arena->wide[expr] = made;
  else
    tableSet(&arena->renamed, key, made);
  return made;
}

Expr exprWide(ExprArena *arena, Expr expr) { return rebuild(arena, expr, (Rebuild){.wide = true}); }

Expr exprRename(ExprArena *arena, Expr expr, int32_t from, int32_t to) {
  return exprUses(arena, expr, from) ? rebuild(arena, expr, (Rebuild){false, from, to}) : expr;
}

/* exprUses for a variable from VAR_BOUND on. */
static bool usesBound(ExprArena *arena, Expr expr, int32_t var) {
  ExprNode node = arena->nodes[expr];
  if (!(node.vars & 1ull << VAR_OTHERS) || (node.kind == EXPR_SUM && node.index == var))
    return false;
  if (node.kind == EXPR_LEAF)
    return indexUses(arena, node.index, var);
  TableKey key = tableKeyOfNumber(expr, var);
  int32_t known = tableGet(&arena->uses, key);
  if (known)
    return known == 2;
  bool found =
      (node.a && usesBound(arena, node.a, var)) || (node.b && usesBound(arena, node.b, var));
  for (int32_t i = 0; !found && i < node.numFactors; ++i)
    found = usesBound(arena, exprFactor(arena, expr, i).base, var);
  tableSet(&arena->uses, key, found ? 2 : 1);
  return found;
}

bool exprUses(ExprArena *arena, Expr expr, int32_t var) {
  return var < VAR_BOUND ? arena->nodes[expr].vars >> var & 1 : usesBound(arena, expr, var);
}

bool exprHasSum(const ExprArena *arena, Expr expr) { return arena->nodes[expr].hasSum; }
