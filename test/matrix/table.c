#include "test/matrix/table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/exec/file.h"

static char *trim(char *text) {
  text += strspn(text, " `");
  for (size_t length = strlen(text); length && strchr(" `", text[length - 1]); --length)
    text[length - 1] = '\0';
  return text;
}

/* Splits "| a | b |" in place; false for a line that is no row. */
static bool splitRow(char *line, TableRow *row) {
  *row = (TableRow){0};
  if (*line != '|')
    return false;
  int count = 0;
  for (char *cell = line + 1, *end; (end = strchr(cell, '|')); cell = end + 1) {
    *end = '\0';
    if (count < TABLE_MAX_CELLS)
      row->cells[count++] = trim(cell);
  }
  return count > 0;
}

bool markdownTableRead(MarkdownTable *table, const char *path, const char *heading,
                       ExecError *error) {
  *table = (MarkdownTable){0};
  size_t size;
  table->text = execReadFile(path, &size, error);
  if (!table->text)
    return false;
  enum { OUTSIDE, RULE, INSIDE } place = OUTSIDE;
  char *rest = table->text;
  for (char *line; (line = strsep(&rest, "\n"));) {
    TableRow row;
    bool isRow = splitRow(line, &row);
    if (place == OUTSIDE && isRow && strcmp(row.cells[0], heading) == 0) {
      place = RULE;
    } else if (place == RULE) {
      place = INSIDE;
    } else if (place == INSIDE) {
      if (!isRow)
        return true;
      table->rows = realloc(table->rows, sizeof row * (size_t)(table->numRows + 1));
      table->rows[table->numRows++] = row;
    }
  }
  return place == INSIDE || execFail(error, "%s: no table headed '%s'", path, heading);
}

void markdownTableDestroy(MarkdownTable *table) {
  free(table->rows);
  free(table->text);
}
