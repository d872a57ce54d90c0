/* Tables in Markdown: what the documentation states, for a test to hold it to. */

#ifndef ADDNORM_TEST_MATRIX_TABLE_H
#define ADDNORM_TEST_MATRIX_TABLE_H

#include "lib/exec/error.h"

enum { TABLE_MAX_CELLS = 6 };
typedef struct TableRow {
  char *cells[TABLE_MAX_CELLS]; /* without the blanks and backquotes around them */
} TableRow;

typedef struct MarkdownTable {
  char *text;
  int numRows;
  TableRow *rows;
} MarkdownTable;

/* Reads the table in the file `path` whose first column is headed `heading`. */
bool markdownTableRead(MarkdownTable *table, const char *path, const char *heading,
                       ExecError *error);
void markdownTableDestroy(MarkdownTable *table);

#endif /* ADDNORM_TEST_MATRIX_TABLE_H */
