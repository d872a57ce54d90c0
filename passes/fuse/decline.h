/* Why a norm is left alone, as values: what can decline returns a `const Decline *`, null where all
 * is well. */

#ifndef ADDNORM_PASSES_FUSE_DECLINE_H
#define ADDNORM_PASSES_FUSE_DECLINE_H

typedef struct Decline {
  const char *step;   /* of the formula: sum, addends, reduction, mean, epsilon, root, numerator,
                         gamma or rounding */
  const char *text;   /* what is wrong there */
  const char *remedy; /* what to do in the source, or with the pass's options */
} Decline;

/* Not the formula. */
extern const Decline declineNotSum;
extern const Decline declineStart;
extern const Decline declineMasked;
extern const Decline declineIndexing;
extern const Decline declineOpaqueReduction;
extern const Decline declineOpaqueStatistic;
extern const Decline declineNotSquare;
extern const Decline declineManyAxes;
extern const Decline declineOtherAxis;
extern const Decline declineStatisticAlongRow;
extern const Decline declineNotMean;
extern const Decline declineEpsilonNotScalar;
extern const Decline declineEpsilonInSum;
extern const Decline declineEpsilonOutside;
extern const Decline declineRepeatedRoot;
extern const Decline declineOtherRoot;
extern const Decline declineUnusedRoot;
extern const Decline declineNumerator;
extern const Decline declineNotGamma;
extern const Decline declineGammaByRow;
extern const Decline declineGammaFull;
extern const Decline declineGammaTwice;

/* Roundings that the op cannot say; they matter with numerics=source only. */
extern const Decline declineRoundedOften;
extern const Decline declineRoundedStatistic;
extern const Decline declineRoundedApart;
extern const Decline declineRoundedGamma;

/* The formula, but not of a sum that the op can take. */
extern const Decline declineLayerNorm;
extern const Decline declineNoAdd;
extern const Decline declineProduct;
extern const Decline declineScaledSum;
extern const Decline declineBetween;
extern const Decline declineHandedIn;
extern const Decline declinePostNorm;
extern const Decline declineNoTensor;
extern const Decline declineAddendAlongRows;
extern const Decline declineAddendSubtracted;
extern const Decline declineAddendShape;
extern const Decline declineOnlyBiases;
extern const Decline declineBroadcast;
extern const Decline declineEpsilonOperand;
extern const Decline declineGammaOfSum;
extern const Decline declineGammaOperand;

/* Fused as the options ask, with the sum in the source's type. */
extern const Decline declineKeptAdd;
extern const Decline declineKeptRounding;

#endif /* ADDNORM_PASSES_FUSE_DECLINE_H */
