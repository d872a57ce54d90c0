/* Reading and checking descriptions of NPUs. One table says all there is to say about each field.
 */

#include "addnorm-c/target.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- fields ---------------------------------------------------------------------------------- */

typedef enum Kind { COUNT, POWER_OF_TWO, COST } Kind;

typedef struct Field {
  const char *name;
  size_t offset;
  Kind kind;
  double least, most;
  const char *tooSmall, *tooLarge, *notPower;
} Field;

#define FIELD(kind, field, least, most)                                                            \
  {                                                                                                \
#field, offsetof(AddnormNpuTarget, field), kind, least, most, #field ": less than " #least,    \
        #field ": more than " #most, #field ": not a power of two"                                 \
  }

/* The limits keep all arithmetic on sizes far from overflow, and the vector emitter's unrolled code
 * within its tables. */
static const Field fields[] = {
    FIELD(COUNT, cores, 1, 65536),
    FIELD(COUNT, scratchpadBytes, 1024, 1073741824),
    FIELD(POWER_OF_TWO, scratchpadAlignment, 4, 65536),
    FIELD(POWER_OF_TWO, globalAlignment, 1, 65536),
    FIELD(POWER_OF_TWO, burstBytes, 1, 65536),
    FIELD(COUNT, queues, 1, 1024),
    FIELD(COUNT, maxTransferRows, 0, 1073741824),
    FIELD(COUNT, maxRowBytes, 0, 1073741824),
    FIELD(POWER_OF_TWO, vectorBytes, 4, 4096),
    FIELD(COUNT, vectorRegisters, 2, 128),
    FIELD(POWER_OF_TWO, lanes, 1, 65536),
    FIELD(COST, f32Cost, 0, 1e6),
    FIELD(COST, f16Cost, 0, 1e6),
    FIELD(COST, bf16Cost, 0, 1e6),
    FIELD(COST, convertCost, 0, 1e6),
    FIELD(COST, memoryCost, 0, 1e6),
    FIELD(COST, maskCost, 0, 1e6),
    FIELD(COST, scalarCost, 0, 1e6),
    FIELD(COST, rootCost, 0, 1e6),
    FIELD(COST, queueBytesPerCycle, 1e-3, 1e6),
    FIELD(COST, memoryBytesPerCycle, 1e-3, 1e9),
    FIELD(COST, latencyCycles, 0, 1e9),
    FIELD(COST, issueCycles, 0, 1e9),
    FIELD(COST, launchCycles, 0, 1e9),
    FIELD(COST, clockGHz, 1e-3, 1e3),
};
enum { NUM_FIELDS = sizeof fields / sizeof *fields };

static double valueOf(const AddnormNpuTarget *target, const Field *field) {
  const void *at = (const char *)target + field->offset;
  return field->kind == COST ? *(const double *)at : (double)*(const int64_t *)at;
}

static void setValue(AddnormNpuTarget *target, const Field *field, double value) {
  void *at = (char *)target + field->offset;
  if (field->kind == COST)
    *(double *)at = value;
  else
    *(int64_t *)at = (int64_t)value;
}

/* Written so that a NaN is too small. */
static const char *checkRange(const Field *field, double value) {
  if (!(value >= field->least))
    return field->tooSmall;
  return value > field->most ? field->tooLarge : NULL;
}

static const char *checkField(const Field *field, double value) {
  const char *reason = checkRange(field, value);
  int64_t integer = reason || field->kind != POWER_OF_TWO ? 1 : (int64_t)value;
  return integer & (integer - 1) ? field->notPower : reason;
}

static bool isPrintable(const char *name) {
  for (; *name; ++name)
    if (*name < ' ' || *name > '~')
      return false;
  return true;
}

const char *addnormNpuTargetCheck(const AddnormNpuTarget *target) {
  if (!target->name[0])
    return "name: empty";
  if (!memchr(target->name, 0, sizeof target->name))
    return "name: longer than 31 characters";
  if (!isPrintable(target->name))
    return "name: not printable ASCII";
  for (int i = 0; i < NUM_FIELDS; ++i) {
    const char *reason = checkField(&fields[i], valueOf(target, &fields[i]));
    if (reason)
      return reason;
  }
  if (target->scratchpadAlignment > target->scratchpadBytes)
    return "scratchpadAlignment: more than scratchpadBytes";
  if (target->maxRowBytes && target->maxRowBytes < target->scratchpadAlignment)
    return "maxRowBytes: less than scratchpadAlignment";
  return NULL;
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* Where a reason goes; returns false. */
typedef struct Error {
  char *text;
  size_t size;
} Error;

static bool fail(const Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(const Error *error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, error->size, format, arguments);
  va_end(arguments);
  return false;
}

static bool readNumber(const cJSON *item, const Field *field, AddnormNpuTarget *target,
                       const Error *error) {
  if (!cJSON_IsNumber(item))
    return fail(error, "%s: not a number", field->name);
  double value = item->valuedouble;
  if (field->kind != COST && isfinite(value) && floor(value) != value)
    return fail(error, "%s: not a whole number", field->name);
  const char *reason = checkRange(field, value);
  if (reason)
    return fail(error, "%s", reason);
  setValue(target, field, value);
  return true;
}

static bool readName(const cJSON *item, AddnormNpuTarget *target, const Error *error) {
  if (!cJSON_IsString(item))
    return fail(error, "name: not a string");
  if (strlen(item->valuestring) >= sizeof target->name)
    return fail(error, "name: longer than 31 characters");
  strcpy(target->name, item->valuestring);
  return true;
}

static bool readMaskedMemory(const cJSON *item, AddnormNpuTarget *target, const Error *error) {
  if (!cJSON_IsBool(item))
    return fail(error, "maskedMemory: neither true nor false");
  target->maskedMemory = cJSON_IsTrue(item);
  return true;
}

static const Field *findField(const char *name) {
  for (int i = 0; i < NUM_FIELDS; ++i)
    if (!strcmp(fields[i].name, name))
      return &fields[i];
  return NULL;
}

static bool readField(const cJSON *item, AddnormNpuTarget *target, const Error *error) {
  if (!strcmp(item->string, "comment"))
    return true;
  if (!strcmp(item->string, "name"))
    return readName(item, target, error);
  if (!strcmp(item->string, "maskedMemory"))
    return readMaskedMemory(item, target, error);
  const Field *field = findField(item->string);
  if (!field)
    return fail(error, "%.60s: unknown field", item->string);
  return readNumber(item, field, target, error);
}

/* Every field, and none twice. */
static bool checkPresence(const cJSON *object, const Error *error) {
  const cJSON *item;
  cJSON_ArrayForEach(item, object) {
    if (cJSON_GetObjectItemCaseSensitive(object, item->string) != item)
      return fail(error, "%.60s: given twice", item->string);
  }
  for (int i = -2; i < NUM_FIELDS; ++i) {
    const char *name = i == -2 ? "name" : i == -1 ? "maskedMemory" : fields[i].name;
    if (!cJSON_GetObjectItemCaseSensitive(object, name))
      return fail(error, "%s: missing", name);
  }
  return true;
}

static bool readObject(const cJSON *object, AddnormNpuTarget *target, const Error *error) {
  if (!cJSON_IsObject(object))
    return fail(error, "not a JSON object");
  *target = (AddnormNpuTarget){0};
  const cJSON *item;
  cJSON_ArrayForEach(item, object) {
    if (!readField(item, target, error))
      return false;
  }
  if (!checkPresence(object, error))
    return false;
  const char *reason = addnormNpuTargetCheck(target);
  return !reason || fail(error, "%s", reason);
}

static int lineOf(const char *text, const char *place) {
  int line = 1;
  for (; text < place; ++text)
    line += *text == '\n';
  return line;
}

bool addnormNpuTargetParse(const char *text, AddnormNpuTarget *target, char *buffer, size_t size) {
  Error error = {buffer, size};
  if (strstr(text, "\\u0000"))
    return fail(&error, "line %d: a zero character", lineOf(text, strstr(text, "\\u0000")));
  const char *end = text;
  cJSON *json = cJSON_ParseWithOpts(text, &end, true);
  bool ok = json ? readObject(json, target, &error)
                 : fail(&error, "line %d: not JSON", lineOf(text, end));
  cJSON_Delete(json);
  return ok;
}

/* --- by name --------------------------------------------------------------------------------- */

/* {name, text} of each file of targets/. */
static const char *const shipped[][2] = {
#include "lib/target/shipped.inc"
};
enum { NUM_SHIPPED = sizeof shipped / sizeof *shipped };

/* The text of a file, to be freed, or null after storing why. No description is as long as LIMIT.
 */
static char *readFile(const char *path, const Error *error) {
  enum { LIMIT = 1 << 20 };
  FILE *file = fopen(path, "rb");
  char *text = file ? calloc(LIMIT + 1, 1) : NULL;
  size_t length = text ? fread(text, 1, LIMIT, file) : 0;
  bool failed = !text || ferror(file);
  if (file)
    fclose(file);
  if (failed)
    fail(error, "%s: cannot be read", path);
  else if (length == LIMIT)
    fail(error, "%s: longer than a description of a machine", path);
  else if (strlen(text) != length)
    fail(error, "%s: line %d: a zero character", path, lineOf(text, text + strlen(text)));
  else
    return text;
  free(text);
  return NULL;
}

static bool findFile(const char *path, AddnormNpuTarget *target, const Error *error) {
  char reason[256], *text = readFile(path, error);
  if (!text)
    return false;
  bool ok = addnormNpuTargetParse(text, target, reason, sizeof reason) ||
            fail(error, "%s: %s", path, reason);
  free(text);
  return ok;
}

bool addnormNpuTargetFind(const char *name, AddnormNpuTarget *target, char *buffer, size_t size) {
  Error error = {buffer, size};
  size_t length = strlen(name);
  if (length > 5 && !strcmp(name + length - 5, ".json"))
    return findFile(name, target, &error);
  char known[256] = "";
  for (int i = 0; i < NUM_SHIPPED; ++i) {
    if (!strcmp(name, shipped[i][0]))
      return addnormNpuTargetParse(shipped[i][1], target, buffer, size);
    size_t used = strlen(known);
    snprintf(known + used, sizeof known - used, "%s, ", shipped[i][0]);
  }
  return fail(&error, "unknown machine '%.60s'; known: %sor the path of a .json file", name, known);
}
