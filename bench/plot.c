#include "bench/plot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs plot.py, which says on its own what is wrong; `input` may be null. */
static bool runScript(const char *python, const char *mode, const char *path, const char *input) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return false;
  fflush(stdout);
  pid_t process = fork();
  if (process == 0) {
    dup2(ends[0], STDIN_FILENO);
    execlp(python, python, "-B", BENCH_PLOT_SCRIPT, mode, path, (char *)NULL);
    perror(python);
    _exit(1);
  }
  close(ends[0]);
  FILE *out = fdopen(ends[1], "w");
  if (input)
    fputs(input, out);
  fclose(out);
  int status = 0;
  return process > 0 && waitpid(process, &status, 0) == process && status == 0;
}

bool benchPlotCheck(const char *python, const char *path, ExecError *error) {
  return runScript(python, "check", path, NULL) || execFail(error, "cannot draw to %s", path);
}

bool benchPlot(const cJSON *results, const char *python, const char *path, ExecError *error) {
  char *text = cJSON_PrintUnformatted(results);
  bool ok = runScript(python, "draw", path, text);
  free(text);
  return ok || execFail(error, "cannot draw to %s", path);
}
