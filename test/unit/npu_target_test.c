/* Descriptions of NPUs: what is read, and every way in which one can be wrong. */

#include "addnorm-c/target.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/check.h"

enum { ROOM = 1 << 16 };

static const char *const names[] = {"ascend-like", "hexagon-like", "edge"};
static const char *const integers[] = {
    "cores",  "scratchpadBytes", "scratchpadAlignment", "globalAlignment", "burstBytes",
    "queues", "maxTransferRows", "maxRowBytes",         "vectorBytes",     "vectorRegisters",
    "lanes"};
static const char *const powers[] = {"scratchpadAlignment", "globalAlignment", "burstBytes",
                                     "vectorBytes", "lanes"};
static const char *const costs[] = {"f32Cost",
                                    "f16Cost",
                                    "bf16Cost",
                                    "convertCost",
                                    "memoryCost",
                                    "maskCost",
                                    "scalarCost",
                                    "rootCost",
                                    "queueBytesPerCycle",
                                    "memoryBytesPerCycle",
                                    "latencyCycles",
                                    "issueCycles",
                                    "launchCycles",
                                    "clockGHz"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A description with one member replaced by `member`, or left out. */
static const char *with(const char *field, const char *member) {
  static char text[ROOM];
  strcpy(text, "{");
  for (size_t i = 0; i < COUNT(integers); ++i)
    if (strcmp(field, integers[i]))
      sprintf(text + strlen(text), "\"%s\": %d,\n", integers[i],
              strcmp(integers[i], "scratchpadBytes") ? 64 : 65536);
  for (size_t i = 0; i < COUNT(costs); ++i)
    if (strcmp(field, costs[i]))
      sprintf(text + strlen(text), "\"%s\": 1.5,\n", costs[i]);
  if (strcmp(field, "maskedMemory"))
    strcat(text, "\"maskedMemory\": true,\n");
  if (strcmp(field, "name"))
    strcat(text, "\"name\": \"mine\",\n");
  strcat(text, member);
  strcat(text, "\"comment\": [{}]}");
  return text;
}

/* The reason why a text is refused; "" if it is not. */
static const char *reasonFor(const char *text) {
  static char error[256];
  AddnormNpuTarget target;
  strcpy(error, "");
  bool ok = addnormNpuTargetParse(text, &target, error, sizeof error);
  CHECK(ok == !error[0]);
  return error;
}

static bool isRefused(const char *text, const char *reason) {
  const char *found = reasonFor(text);
  if (strcmp(found, reason)) {
    fprintf(stderr, "expected \"%s\", found \"%s\"\n", reason, found);
    return false;
  }
  return true;
}

/* Replaces `field` by `value` and expects "FIELD: REASON". */
static bool isWrong(const char *field, const char *value, const char *reason) {
  char member[256], expected[256];
  snprintf(member, sizeof member, "\"%s\": %s,", field, value);
  snprintf(expected, sizeof expected, "%s: %s", field, reason);
  return isRefused(with(field, member), expected);
}

static void checkShipped(void) {
  char error[256];
  for (size_t i = 0; i < COUNT(names); ++i) {
    AddnormNpuTarget byName, byPath;
    char path[512];
    snprintf(path, sizeof path, SHIPPED "%s.json", names[i]);
    CHECK(addnormNpuTargetFind(names[i], &byName, error, sizeof error));
    CHECK(addnormNpuTargetFind(path, &byPath, error, sizeof error));
    CHECK(!strcmp(byName.name, names[i]) && !strcmp(byPath.name, names[i]));
    CHECK(byName.cores == byPath.cores && byName.clockGHz == byPath.clockGHz);
    CHECK(!addnormNpuTargetCheck(&byName));
  }
  AddnormNpuTarget target;
  CHECK(addnormNpuTargetFind("ascend-like", &target, error, sizeof error));
  CHECK(target.cores == 40 && target.scratchpadBytes == 192 << 10 && target.clockGHz == 1.8);
  CHECK(target.maskedMemory && target.lanes == 64);
  CHECK(!addnormNpuTargetFind("abacus", &target, error, sizeof error));
  CHECK(strstr(error, "unknown machine 'abacus'") && strstr(error, "edge, hexagon-like, "));
  CHECK(!addnormNpuTargetFind("no/such.json", &target, error, sizeof error));
  CHECK(!strcmp(error, "no/such.json: cannot be read"));
}

static void checkFields(void) {
  CHECK(isRefused(with("", ""), ""));
  for (size_t i = 0; i < COUNT(integers); ++i) {
    const char *field = integers[i];
    char expected[64];
    snprintf(expected, sizeof expected, "%s: missing", field);
    CHECK(isRefused(with(field, ""), expected));
    CHECK(isWrong(field, "\"4\"", "not a number"));
    CHECK(isWrong(field, "4.5", "not a whole number"));
  }
  for (size_t i = 0; i < COUNT(costs); ++i) {
    char expected[64];
    snprintf(expected, sizeof expected, "%s: missing", costs[i]);
    CHECK(isRefused(with(costs[i], ""), expected));
    CHECK(isWrong(costs[i], "true", "not a number"));
    CHECK(isWrong(costs[i], "-1",
                  strstr(costs[i], "BytesPer") || !strcmp(costs[i], "clockGHz") ? "less than 1e-3"
                                                                                : "less than 0"));
  }
  for (size_t i = 0; i < COUNT(powers); ++i)
    CHECK(isWrong(powers[i], "24", "not a power of two"));
  CHECK(isWrong("cores", "0", "less than 1"));
  CHECK(isWrong("cores", "-3", "less than 1"));
  CHECK(isWrong("cores", "65537", "more than 65536"));
  CHECK(isWrong("cores", "1e300", "more than 65536"));
  CHECK(isWrong("cores", "1e999", "more than 65536"));
  CHECK(isWrong("cores", "-1e999", "less than 1"));
  CHECK(isWrong("cores", "99999999999999999999999999", "more than 65536"));
  CHECK(isWrong("scratchpadBytes", "1023", "less than 1024"));
  CHECK(isWrong("scratchpadAlignment", "0", "less than 4"));
  CHECK(isWrong("maxRowBytes", "32", "less than scratchpadAlignment"));
  CHECK(isWrong("vectorRegisters", "129", "more than 128"));
  CHECK(isWrong("clockGHz", "1e999", "more than 1e3"));
  CHECK(isWrong("memoryBytesPerCycle", "0", "less than 1e-3"));
  CHECK(isWrong("maskedMemory", "1", "neither true nor false"));
  CHECK(isRefused(with("maskedMemory", ""), "maskedMemory: missing"));
  CHECK(isRefused(with("name", ""), "name: missing"));
  CHECK(isWrong("name", "1", "not a string"));
  CHECK(isWrong("name", "\"\"", "empty"));
  CHECK(isWrong("name", "\"\\n\"", "not printable ASCII"));
  CHECK(isWrong("name", "\"0123456789012345678901234567890123\"", "longer than 31 characters"));
  CHECK(isRefused(with("", "\"speed\": 1,"), "speed: unknown field"));
  CHECK(isRefused(with("", "\"Cores\": 1,"), "Cores: unknown field"));
  CHECK(isRefused(with("", "\"cores\": 1,"), "cores: given twice"));

  AddnormNpuTarget target;
  char error[256];
  CHECK(addnormNpuTargetParse(with("", ""), &target, error, sizeof error));
  CHECK(!strcmp(target.name, "mine") && target.cores == 64 && target.rootCost == 1.5);
  target.f32Cost = 0.0 / 0.0;
  CHECK(!strcmp(addnormNpuTargetCheck(&target), "f32Cost: less than 0"));
  memset(target.name, 'x', sizeof target.name);
  CHECK(!strcmp(addnormNpuTargetCheck(&target), "name: longer than 31 characters"));
}

static void checkText(const char *path) {
  CHECK(isRefused("", "line 1: not JSON"));
  CHECK(isRefused("[]", "not a JSON object"));
  CHECK(isRefused("7", "not a JSON object"));
  CHECK(isRefused("{\n\n\"cores\": }", "line 3: not JSON"));
  CHECK(isRefused("{\n\"name\": \"\\u0000\"}", "line 2: a zero character"));
  CHECK(isRefused("{} {}", "line 1: not JSON"));

  char text[ROOM];
  strcpy(text, with("", ""));
  for (size_t length = strlen(text); length-- > 0;) {
    text[length] = 0;
    CHECK(reasonFor(text)[0]);
  }
  memset(text, '[', 20000);
  text[20000] = 0;
  CHECK(isRefused(text, "line 1: not JSON"));

  char error[256], expected[256];
  AddnormNpuTarget target;
  FILE *file = fopen(path, "wb");
  CHECK(file && fwrite("{\n\0}", 1, 4, file) == 4 && fclose(file) == 0);
  CHECK(!addnormNpuTargetFind(path, &target, error, sizeof error));
  snprintf(expected, sizeof expected, "%.200s: line 2: a zero character", path);
  CHECK(!strcmp(error, expected));
}

int main(int argc, char **argv) {
  checkShipped();
  checkFields();
  if (argc == 2)
    checkText(argv[1]);
  printf("%ld checks, %ld failures\n", checks, failures);
  return failures != 0 || argc != 2;
}
