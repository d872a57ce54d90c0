/* What `addnormc compile` and `addnormc kernel` make of a model: an object file and a C header. */

#ifndef ADDNORM_TOOLS_ADDNORMC_OBJECT_H
#define ADDNORM_TOOLS_ADDNORMC_OBJECT_H

#include <argp.h>

#include "lib/exec/backend.h"
#include "lib/exec/pipeline.h"

typedef struct ObjectOptions {
  const ExecLowering *lowering; /* the command's; a null target is the default one */
  const char *output, *header;  /* the files; assembly needs no header */
  const char *prefix;           /* of the C names */
  ExecCode code;
  bool multiArch; /* versions for several processors in one object */
  bool time;      /* print where it goes */
} ObjectOptions;

/* An argp child with an ObjectOptions as input: -o, -S, --header, --prefix,
 * --multi-arch and --time. */
extern const struct argp objectArgp;

/* Whether `text` may stand in a C name; as all of one when it does not start with a digit. */
bool objectIsIdentifier(const char *text);

/* Fuses and compiles the function `entry` of the model, or every public one when `entry` is null.
 * Writes all files, or none. The model's module is consumed: it is left lowered. */
bool objectWrite(ExecModel *model, const char *entry, const ObjectOptions *options);

#endif /* ADDNORM_TOOLS_ADDNORMC_OBJECT_H */
