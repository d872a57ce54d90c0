/* Whole files: read in one go, written so that a failure leaves nothing behind. */

#ifndef ADDNORM_LIB_EXEC_FILE_H
#define ADDNORM_LIB_EXEC_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/exec/error.h"

/* Returns the contents of `path`, aligned for anything and followed by a zero byte that `*size`
 * does not count; the caller frees it. Null after recording why. */
void *execReadFile(const char *path, size_t *size, ExecError *error);

/* A file under construction: `temporary` lies beside `path` until it is complete. */
typedef struct ExecOutput {
  char *path;
  char *temporary;
} ExecOutput;

/* Writes the two pieces, one after the other, into a new temporary file beside `path`. */
bool execOutputWrite(ExecOutput *output, const char *path, const void *head, size_t headSize,
                     const void *body, size_t bodySize, ExecError *error);

/* Gives `count` complete outputs their names, all or none, and frees them. */
bool execOutputsCommit(ExecOutput *outputs, size_t count, ExecError *error);

/* Removes the temporary files of `count` outputs and frees them. */
void execOutputsDiscard(ExecOutput *outputs, size_t count);

/* Writes `text` and a line's end to the file, whole or not at all; `path` "-" is the standard
 * output.
 */
bool execWriteText(const char *path, const char *text, ExecError *error);

#endif /* ADDNORM_LIB_EXEC_FILE_H */
