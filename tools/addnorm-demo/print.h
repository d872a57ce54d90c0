/* The results as text, whose tables are Markdown, and as JSON. */

#ifndef ADDNORM_DEMO_PRINT_H
#define ADDNORM_DEMO_PRINT_H

#include "lib/exec/error.h"
#include "tools/addnorm-demo/results.h"

void demoPrint(const DemoResults *results, FILE *out);
bool demoWriteJson(const DemoResults *results, const char *path, ExecError *error);

#endif /* ADDNORM_DEMO_PRINT_H */
