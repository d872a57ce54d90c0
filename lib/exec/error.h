/* Errors as values: the first thing that went wrong, as one line of text. */

#ifndef ADDNORM_LIB_EXEC_ERROR_H
#define ADDNORM_LIB_EXEC_ERROR_H

#include <stdbool.h>

typedef struct ExecError {
  char text[2048]; /* empty: no error */
} ExecError;

/* Records the message unless one is recorded already: the first error is the cause, later ones are
 * its consequences. Line breaks become spaces. Always returns false. */
bool execFail(ExecError *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* ADDNORM_LIB_EXEC_ERROR_H */
