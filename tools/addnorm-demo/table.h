/* A Markdown table whose columns line up. */

#ifndef ADDNORM_DEMO_TABLE_H
#define ADDNORM_DEMO_TABLE_H

#include <stdio.h>

enum { TABLE_MAX_ROWS = 32, TABLE_MAX_COLUMNS = 8, TABLE_CELL = 64 };

typedef struct Table {
  int numColumns, numCells;
  char cells[TABLE_MAX_ROWS * TABLE_MAX_COLUMNS][TABLE_CELL];
} Table;

/* Appends a cell; the first `numColumns` are the head. */
void tableAdd(Table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tablePrint(const Table *table, FILE *out);

#endif /* ADDNORM_DEMO_TABLE_H */
