#include "tools/addnorm-demo/table.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

void tableAdd(Table *table, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(table->cells[table->numCells++], TABLE_CELL, format, arguments);
  va_end(arguments);
}

/* Columns whose first entry is a number are flush right. */
static int isNumber(const Table *table, int column) {
  return isdigit((unsigned char)table->cells[table->numColumns + column][0]);
}

void tablePrint(const Table *table, FILE *out) {
  int widths[TABLE_MAX_COLUMNS] = {0};
  for (int i = 0; i < table->numCells; ++i) {
    int column = i % table->numColumns, length = (int)strlen(table->cells[i]);
    widths[column] = length > widths[column] ? length : widths[column];
  }
  for (int i = 0; i < table->numCells; ++i) {
    int column = i % table->numColumns;
    int width = isNumber(table, column) ? widths[column] : -widths[column];
    fprintf(out, "| %*s ", width, table->cells[i]);
    if (column + 1 < table->numColumns)
      continue;
    fputs("|\n", out);
    for (int k = 0; i + 1 == table->numColumns && k < table->numColumns; ++k) {
      fputs("|", out);
      for (int dashes = 0; dashes < widths[k] + 1; ++dashes)
        fputc('-', out);
      fputs(isNumber(table, k) ? ":" : "-", out);
    }
    if (i + 1 == table->numColumns)
      fputs("|\n", out);
  }
}
