/* The machine and the tools behind a figure. */

#ifndef ADDNORM_BENCH_HOST_H
#define ADDNORM_BENCH_HOST_H

#include <stddef.h>

/* Some lines on the processor, its caches, its load, and the compilers. */
void benchHostDescribe(char *text, size_t size);

#endif /* ADDNORM_BENCH_HOST_H */
