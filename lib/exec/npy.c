/* The file is a magic string, a version, the length of the header, the header, the data. The header
 * is a Python dictionary:
 *
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 64), }
 */

#include "lib/exec/npy.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC_SIZE = 6, ALIGNMENT = 64 };

/* As NumPy writes them; its unsigned twins of the integers are read as well. */
static const char *descrOf(ExecElement element) {
  static const char *const descrs[] = {
      [EXEC_F16] = "<f2", [EXEC_BF16] = "<u2", [EXEC_F32] = "<f4",
      [EXEC_F64] = "<f8", [EXEC_I1] = "|b1",   [EXEC_I8] = "|i1",
      [EXEC_I16] = "<i2", [EXEC_I32] = "<i4",  [EXEC_I64] = "<i8",
  };
  return descrs[element];
}

static bool descrFits(const char *descr, ExecElement element) {
  const char *wanted = descrOf(element);
  if (strcmp(descr, wanted) == 0)
    return true;
  return wanted[1] == 'i' && descr[0] == wanted[0] && descr[1] == 'u' &&
         strcmp(descr + 2, wanted + 2) == 0;
}

/* What a header says. */
typedef struct Header {
  char descr[16];
  bool fortranOrder;
  int rank;
  int64_t dims[EXEC_MAX_RANK];
} Header;

/* A reader of the dictionary; `at` never passes `end`. */
typedef struct Cursor {
  const char *at, *end;
} Cursor;

static bool accept(Cursor *c, char wanted) {
  while (c->at < c->end && isspace((unsigned char)*c->at))
    ++c->at;
  if (c->at == c->end || *c->at != wanted)
    return false;
  ++c->at;
  return true;
}

static bool acceptWord(Cursor *c, const char *word) {
  size_t length = strlen(word);
  accept(c, ' ');
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
    return false;
  c->at += length;
  return true;
}

static bool parseString(Cursor *c, char *text, size_t size) {
  char quote = accept(c, '\'') ? '\'' : '"';
  if (quote == '"' && !accept(c, '"'))
    return false;
  size_t length = 0;
  while (c->at < c->end && *c->at != quote && length + 1 < size)
    text[length++] = *c->at++;
  text[length] = '\0';
  return c->at < c->end && *c->at++ == quote;
}

static bool parseDim(Cursor *c, int64_t *dim) {
  accept(c, ' ');
  if (c->at == c->end || !isdigit((unsigned char)*c->at))
    return false;
  for (*dim = 0; c->at < c->end && isdigit((unsigned char)*c->at); ++c->at)
    if (__builtin_mul_overflow(*dim, 10, dim) || __builtin_add_overflow(*dim, *c->at - '0', dim))
      return false;
  return true;
}

static bool parseShape(Cursor *c, Header *header) {
  header->rank = 0;
  if (!accept(c, '('))
    return false;
  while (!accept(c, ')')) {
    if (header->rank == EXEC_MAX_RANK || !parseDim(c, &header->dims[header->rank]))
      return false;
    ++header->rank;
    if (!accept(c, ','))
      return accept(c, ')');
  }
  return true;
}

static bool parseEntry(Cursor *c, Header *header, unsigned *seen) {
  char key[32];
  if (!parseString(c, key, sizeof key) || !accept(c, ':'))
    return false;
  if (strcmp(key, "descr") == 0) {
    *seen |= 1;
    return parseString(c, header->descr, sizeof header->descr);
  }
  if (strcmp(key, "fortran_order") == 0) {
    *seen |= 2;
    header->fortranOrder = acceptWord(c, "True");
    return header->fortranOrder || acceptWord(c, "False");
  }
  *seen |= 4;
  return strcmp(key, "shape") == 0 && parseShape(c, header);
}

static bool parseHeader(Cursor c, Header *header) {
  unsigned seen = 0;
  if (!accept(&c, '{'))
    return false;
  while (!accept(&c, '}')) {
    if (!parseEntry(&c, header, &seen))
      return false;
    if (!accept(&c, ',')) {
      if (!accept(&c, '}'))
        return false;
      break;
    }
  }
  return seen == 7;
}

/* Finds the header and the data in the file's bytes. */
static bool splitFile(const char *path, const unsigned char *bytes, size_t size, Cursor *header,
                      Cursor *data, ExecError *error) {
  if (size < 12 || memcmp(bytes, magic, MAGIC_SIZE) != 0)
    return execFail(error, "%s: not a .npy file", path);
  int version = bytes[MAGIC_SIZE];
  if (version < 1 || version > 3)
    return execFail(error, "%s: .npy format version %d is not supported; use 1 to 3", path,
                    version);
  size_t start = version == 1 ? 10 : 12;
  size_t length = bytes[8] | (size_t)bytes[9] << 8;
  if (version > 1)
    length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
  if (length > size - start)
    return execFail(error, "%s: truncated .npy header", path);
  const char *text = (const char *)bytes;
  *header = (Cursor){text + start, text + start + length};
  *data = (Cursor){text + start + length, text + size};
  return true;
}

static bool checkHeader(const char *path, const Header *header, const ExecShape *expected,
                        ExecError *error) {
  char text[EXEC_SHAPE_TEXT];
  execShapePrint(expected, text);
  if (!descrFits(header->descr, expected->element))
    return execFail(error, "%s: dtype '%s' where the argument of %s wants '%s'", path,
                    header->descr, text, descrOf(expected->element));
  if (header->fortranOrder && header->rank > 1)
    return execFail(error, "%s: Fortran order; save it with numpy.ascontiguousarray", path);
  bool fits = header->rank == expected->rank;
  for (int i = 0; fits && i < header->rank; ++i)
    fits = expected->dims[i] == EXEC_DYNAMIC || expected->dims[i] == header->dims[i];
  if (fits)
    return true;
  ExecShape given = {expected->element, header->rank, {0}};
  memcpy(given.dims, header->dims, sizeof given.dims);
  char givenText[EXEC_SHAPE_TEXT];
  execShapePrint(&given, givenText);
  return execFail(error, "%s: shape %s where the argument is %s", path, givenText, text);
}

static bool readTensor(const char *path, const unsigned char *bytes, size_t size,
                       const ExecShape *expected, ExecTensor *tensor, ExecError *error) {
  Cursor text = {0}, data = {0};
  if (!splitFile(path, bytes, size, &text, &data, error))
    return false;
  Header header;
  if (!parseHeader(text, &header))
    return execFail(error,
                    "%s: malformed .npy header; wanted descr, fortran_order and a shape of at most "
                    "%d dimensions",
                    path, EXEC_MAX_RANK);
  if (!checkHeader(path, &header, expected, error))
    return false;

  ExecShape shape = {expected->element, header.rank, {0}};
  memcpy(shape.dims, header.dims, sizeof shape.dims);
  size_t wanted = execShapeBytes(&shape), given = (size_t)(data.end - data.at);
  if (given != wanted)
    return execFail(error, "%s: %zu bytes of data where the shape wants %zu", path, given, wanted);
  if (!execTensorCreate(tensor, &shape, error))
    return false;
  memcpy(tensor->data, data.at, wanted);
  return true;
}

bool execNpyRead(const char *path, const ExecShape *expected, ExecTensor *tensor,
                 ExecError *error) {
  size_t size;
  unsigned char *bytes = execReadFile(path, &size, error);
  if (!bytes)
    return false;
  bool ok = readTensor(path, bytes, size, expected, tensor, error);
  free(bytes);
  return ok;
}

/* Version 1: the header is padded with spaces to end in a line break at a multiple of 64. */
static size_t printHeader(const ExecShape *shape, char *text, size_t size) {
  int length = snprintf(text, size, "%s%c%c..{'descr': '%s', 'fortran_order': False, 'shape': (",
                        magic, 1, 0, descrOf(shape->element));
  for (int i = 0; i < shape->rank; ++i)
    length += snprintf(text + length, size - (size_t)length, "%" PRId64 "%s", shape->dims[i],
                       shape->rank == 1      ? ","
                       : i + 1 < shape->rank ? ", "
                                             : "");
  length += snprintf(text + length, size - (size_t)length, "), }");
  while ((length + 1) % ALIGNMENT != 0)
    text[length++] = ' ';
  text[length++] = '\n';
  text[8] = (char)((length - 10) & 255);
  text[9] = (char)((length - 10) >> 8);
  return (size_t)length;
}

bool execNpyWrite(const char *path, const ExecTensor *tensor, ExecOutput *output,
                  ExecError *error) {
  char header[512];
  size_t size = printHeader(&tensor->shape, header, sizeof header);
  return execOutputWrite(output, path, header, size, tensor->data, execShapeBytes(&tensor->shape),
                         error);
}
