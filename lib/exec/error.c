#include "lib/exec/error.h"

#include <stdarg.h>
#include <stdio.h>

bool execFail(ExecError *error, const char *format, ...) {
  if (error->text[0])
    return false;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  for (char *c = error->text; *c; ++c)
    if (*c == '\n' || *c == '\r')
      *c = ' ';
  return false;
}
