#include "tools/addnorm-fuzz/choices.h"

#define FUZZ_ROW(NAME, text, alternatives) {text, alternatives},
static const struct {
  const char *text;
  uint8_t alternatives;
} table[] = {FUZZ_CHOICES(FUZZ_ROW)};
#undef FUZZ_ROW

#define FUZZ_ROW(NAME, text) text,
static const char *const mutations[] = {FUZZ_MUTATIONS(FUZZ_ROW)};
#undef FUZZ_ROW

/* splitmix64 */
uint64_t randomNext(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

Choices choicesDraw(uint64_t seed) {
  Choices choices;
  for (int i = 0; i < NUM_CHOICES; ++i) {
    uint64_t bits = randomNext(&seed);
    choices.of[i] = bits & 1 ? (uint8_t)((bits >> 1) % table[i].alternatives) : 0;
  }
  return choices;
}

void choicesPrint(const Choices *choices, const char *prefix, FILE *out) {
  for (int i = 0; i < NUM_CHOICES; ++i) {
    if (i == CHOICE_MUTATION && choices->of[i])
      fprintf(out, "%s%s\n", prefix, mutations[choices->of[i]]);
    else if (choices->of[i])
      fprintf(out, "%s%s: %d\n", prefix, table[i].text, choices->of[i]);
  }
}
