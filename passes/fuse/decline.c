#include "passes/fuse/decline.h"

const Decline declineStatisticAlongRow = {
    "reduction", "the statistic varies along the row",
    "sum the squares over the whole of the last dimension and broadcast the result along it"};

const Decline declineNumerator = {
    "numerator",
    "the value that is normalised is not the one whose squares are summed over the last dimension",
    "normalise the value that is squared, over the last dimension of the result"};

const Decline declineRepeatedRoot = {"root", "the reciprocal root is applied more than once",
                                     "multiply by rsqrt(mean + epsilon) once"};

const Decline declineNotMean = {
    "mean", "the sum of squares is not divided by the row length",
    "divide the sum by the size of the dimension it runs over, not by a padded or other length"};

const Decline declineEpsilonNotScalar = {
    "epsilon", "epsilon is not a non-negative scalar",
    "add one constant or run-time scalar, at least 0 and finite in f32, to the mean"};

const Decline declineNotGamma = {
    "gamma", "it is multiplied by something that is not one gamma vector along the row",
    "scale by one vector of the row's length that does not depend on the normalised value; other "
    "products belong behind the norm, in an op of their own"};

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

const Decline declineLayerNorm = {
    "sum", "a mean is added or subtracted before the norm: a LayerNorm, not an RMSNorm",
    "none: this is another norm"};

const Decline declineNoAdd = {"sum", "no add feeds this norm",
                              "with norm-only it becomes an op with one addend"};

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

const Decline declineBroadcast = {
    "addends", "what is added is broadcast to a size that no addend has",
    "broadcast the result of the norm, or give one addend the size of the result"};

const Decline declineEpsilonOperand = {"epsilon",
                                       "epsilon is not a constant or a scalar of at most f32",
                                       "pass epsilon as a constant, an f32 or a tensor<f32>"};

const Decline declineGammaOperand = {
    "gamma", "gamma is not a vector by itself",
    "keep the scale of the row in a tensor of its own, one value per column, before the norm"};
