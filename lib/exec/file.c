#include "lib/exec/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failErrno(ExecError *error, const char *what, const char *path) {
  return execFail(error, "%s: %s: %s", path, what, strerror(errno));
}

static void *readAll(FILE *file, const char *path, size_t length, size_t *size, ExecError *error) {
  char *data = malloc(length + 1);
  if (!data) {
    execFail(error, "%s: not enough memory for its %zu bytes", path, length);
    return NULL;
  }
  *size = fread(data, 1, length, file);
  if (ferror(file) || *size != length) {
    execFail(error, "%s: cannot read: %s", path,
             ferror(file) ? strerror(errno) : "it shrank meanwhile");
    free(data);
    return NULL;
  }
  data[length] = '\0';
  return data;
}

void *execReadFile(const char *path, size_t *size, ExecError *error) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    failErrno(error, "cannot open", path);
    return NULL;
  }
  struct stat status;
  void *data = NULL;
  if (fstat(fileno(file), &status) != 0)
    failErrno(error, "cannot read", path);
  else if (!S_ISREG(status.st_mode))
    execFail(error, "%s: not a regular file", path);
  else
    data = readAll(file, path, (size_t)status.st_size, size, error);
  fclose(file);
  return data;
}

static bool writeAll(int descriptor, const void *data, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t count = write(descriptor, (const char *)data + done, size - done);
    if (count < 0 && errno != EINTR)
      return false;
    done += count > 0 ? (size_t)count : 0;
  }
  return true;
}

/* What fopen would give a new file; mkstemp makes it private. */
static mode_t newFileMode(void) {
  mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

static void release(ExecOutput *output) {
  free(output->path);
  free(output->temporary);
  *output = (ExecOutput){NULL, NULL};
}

/* Where the file will be: behind links. Null, after recording why, where something lies that is no
 * file, such as a device: it must not be replaced. */
static char *placeOf(const char *path, ExecError *error) {
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
    execFail(error, "%s: not a regular file", path);
    return NULL;
  }
  char *place = realpath(path, NULL);
  return place ? place : strdup(path);
}

bool execOutputWrite(ExecOutput *output, const char *path, const void *head, size_t headSize,
                     const void *body, size_t bodySize, ExecError *error) {
  static const char suffix[] = ".XXXXXX";
  *output = (ExecOutput){placeOf(path, error), NULL};
  if (!output->path)
    return false;
  output->temporary = malloc(strlen(output->path) + sizeof suffix);
  strcat(strcpy(output->temporary, output->path), suffix);

  int descriptor = mkstemp(output->temporary);
  if (descriptor < 0) {
    failErrno(error, "cannot create", path);
    release(output);
    return false;
  }
  bool ok = writeAll(descriptor, head, headSize) && writeAll(descriptor, body, bodySize) &&
            fchmod(descriptor, newFileMode()) == 0;
  ok = close(descriptor) == 0 && ok;
  if (ok)
    return true;
  failErrno(error, "cannot write", path);
  execOutputsDiscard(output, 1);
  return false;
}

bool execOutputsCommit(ExecOutput *outputs, size_t count, ExecError *error) {
  for (size_t i = 0; i < count; ++i) {
    if (rename(outputs[i].temporary, outputs[i].path) == 0)
      continue;
    failErrno(error, "cannot write", outputs[i].path);
    for (size_t done = 0; done < i; ++done) {
      unlink(outputs[done].path);
      release(&outputs[done]);
    }
    execOutputsDiscard(outputs + i, count - i);
    return false;
  }
  for (size_t i = 0; i < count; ++i)
    release(&outputs[i]);
  return true;
}

void execOutputsDiscard(ExecOutput *outputs, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (outputs[i].temporary)
      unlink(outputs[i].temporary);
    release(&outputs[i]);
  }
}

bool execWriteText(const char *path, const char *text, ExecError *error) {
  if (strcmp(path, "-") == 0)
    return puts(text) >= 0;
  ExecOutput output;
  return execOutputWrite(&output, path, text, strlen(text), "\n", 1, error) &&
         execOutputsCommit(&output, 1, error);
}
