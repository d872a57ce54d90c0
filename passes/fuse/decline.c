#include "passes/fuse/decline.h"

/* --- not the formula ------------------------------------------------------------------------- */

const Decline declineNotSum = {"reduction", "what is reduced along the row is not summed up",
                               "none, unless a sum of squares was meant"};

const Decline declineStart = {"reduction", "the reduction does not start from zero",
                              "fill its start with 0; an undefined tensor is no start"};

const Decline declineMasked = {
    "reduction", "what is summed depends on its position in the row",
    "sum all elements of the row: pad or slice the tensor instead of masking the sum"};

const Decline declineIndexing = {"reduction",
                                 "the reduction reads its row in another order than the norm",
                                 "read the row through a map that only names dimensions"};

const Decline declineOpaqueReduction = {
    "reduction", "the statistic is not a plain sum over a dimension of one tensor",
    "square into a tensor or in the body, and sum that over the last dimension"};

const Decline declineOpaqueStatistic = {
    "reduction", "an op that is no part of the formula stands between the reduction and the root",
    "leave nothing there but the division and epsilon"};

const Decline declineNotSquare = {"square", "what is summed is not the square of one value",
                                  "none, unless a sum of squares was meant"};

const Decline declineManyAxes = {
    "reduction", "the squares are summed over more than the last dimension",
    "sum over the last dimension alone, or collapse the others into it before the norm"};

const Decline declineOtherAxis = {
    "reduction", "the squares are summed over another dimension than the last",
    "normalise over the last dimension: transpose before and behind the norm"};

const Decline declineStatisticAlongRow = {
    "reduction", "the statistic varies along the row",
    "sum the squares over the whole of the last dimension and broadcast the result along it"};

const Decline declineNotMean = {
    "mean", "the sum of squares is not divided by the row length",
    "divide the sum by the size of the dimension it runs over, not by a padded or other length"};

const Decline declineEpsilonNotScalar = {
    "epsilon", "epsilon is not a non-negative scalar",
    "add one constant or run-time scalar, at least 0 and finite in f32, to the mean"};

const Decline declineEpsilonInSum = {"epsilon", "epsilon is added before the division",
                                     "divide the sum by the row length first, then add epsilon"};

const Decline declineEpsilonOutside = {"epsilon", "epsilon is added outside the root",
                                       "add epsilon to the mean, under the root"};

const Decline declineRepeatedRoot = {"root", "the reciprocal root is applied more than once",
                                     "multiply by rsqrt(mean + epsilon) once"};

const Decline declineOtherRoot = {
    "root", "the mean of the squares is raised to another power than -1/2",
    "multiply by rsqrt(mean + epsilon), or divide by its square root"};

const Decline declineUnusedRoot = {
    "root", "the reciprocal root of the mean of squares does not multiply what was squared",
    "multiply the value that is squared by the root itself, with nothing added or clamped"};

const Decline declineNumerator = {
    "numerator",
    "the value that is normalised is not the one whose squares are summed over the last dimension",
    "normalise the value that is squared, over the last dimension of the result"};

const Decline declineNotGamma = {
    "gamma", "it is multiplied by something that is not one gamma vector along the row",
    "scale by one vector of the row's length that does not depend on the normalised value; other "
    "products belong behind the norm, in an op of their own"};

const Decline declineGammaByRow = {
    "gamma", "it is multiplied by a value per row, not by a gamma vector along the row",
    "scale by a vector of the row's length, and by anything else behind the norm"};

const Decline declineGammaFull = {
    "gamma", "it is multiplied by a tensor that differs from row to row, not by one gamma vector",
    "scale by a vector of the row's length, and by anything else behind the norm"};

const Decline declineGammaTwice = {
    "gamma", "it is multiplied by more than one vector along the row",
    "multiply the vectors with each other first, and the norm by their product"};

/* --- roundings ------------------------------------------------------------------------------- */

const Decline declineRoundedOften = {
    "rounding", "the source rounds the normalised value more than once",
    "round once, or let numerics=widen drop the roundings on the way"};

const Decline declineRoundedStatistic = {
    "rounding", "the source rounds the statistic to a narrower type than f32",
    "square, sum and take the root in f32, or let numerics=widen do so"};

const Decline declineRoundedApart = {
    "rounding", "the statistic and the normalised value round the sum differently",
    "read the sum in one type in both places, or let numerics=widen read it unrounded"};

const Decline declineRoundedGamma = {
    "rounding", "the source rounds gamma, or its product with rstd, by itself",
    "compute 1 + w and the products in f32, or let numerics=widen do so"};

/* --- no sum that the op can take ------------------------------------------------------------- */

const Decline declineLayerNorm = {
    "sum", "a mean is added or subtracted before the norm: a LayerNorm, not an RMSNorm",
    "none, only RMSNorms are fused; what it adds in f16 has to be computed in f32 by the source"};

const Decline declineNoAdd = {"sum", "no add feeds this norm",
                              "with norm-only it becomes an op with one addend"};

const Decline declineProduct = {"sum", "what is normalised is a product, not a sum",
                                "compute the product into a tensor; with norm-only that becomes "
                                "the one addend of an op"};

const Decline declineScaledSum = {"sum", "the sum is scaled as a whole before the norm",
                                  "scale the addends instead; an epsilon added before the division "
                                  "by the row length does the same "
                                  "and belongs behind it"};

const Decline declineBetween = {
    "sum", "an op stands between the add and the norm: the sum is not the addend sum any more",
    "normalise the sum itself, in f32 there is nothing to clamp; with norm-only the norm alone "
    "becomes an op"};

const Decline declineHandedIn = {
    "sum", "what is normalised comes from another block or iteration, and any add with it",
    "add in the block of the norm; with norm-only the norm alone becomes an op"};

const Decline declinePostNorm = {
    "sum", "no add feeds this norm: the add comes after it",
    "none, the sum is not what is normalised; with norm-only the norm alone becomes an op"};

const Decline declineNoTensor = {"sum", "what is normalised is not a tensor by itself",
                                 "compute what is normalised into a tensor of the result's shape, "
                                 "in the order of its dimensions"};

const Decline declineAddendAlongRows = {
    "addends", "an addend is constant along the row",
    "add tensors of the result's shape or vectors along the row; norm-only leaves the add outside"};

const Decline declineAddendSubtracted = {
    "addends", "an addend is subtracted",
    "add instead, of the negated tensor; norm-only leaves the subtraction outside"};

const Decline declineAddendShape = {
    "addends", "an addend is not a tensor of the result's shape",
    "make each addend a tensor of the result's shape, in the order of its dimensions, before the "
    "norm; norm-only leaves the add outside"};

const Decline declineOnlyBiases = {"addends", "no addend has the result's shape",
                                   "one addend at least has to be a tensor of the result's shape"};

const Decline declineEpsilonOperand = {"epsilon",
                                       "epsilon is not a constant or a scalar of at most f32",
                                       "pass epsilon as a constant, an f32 or a tensor<f32>"};

const Decline declineGammaOfSum = {
    "gamma", "gamma depends on the sum that is normalised",
    "scale by values that are known before the sum, and by anything else behind the norm"};

const Decline declineGammaOperand = {
    "gamma", "gamma is not a vector by itself",
    "keep the scale of the row in a tensor of its own, one value per column, before the norm"};

/* --- fused as asked -------------------------------------------------------------------------- */

const Decline declineKeptAdd = {"sum", "keep-adds leaves the add outside",
                                "fuse without keep-adds"};

const Decline declineKeptRounding = {"rounding", "numerics=source keeps the sum's rounding to f16",
                                     "let numerics=widen drop it"};
