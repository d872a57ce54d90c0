/* Linkage of the public C API. */

#ifndef ADDNORM_C_SUPPORT_H
#define ADDNORM_C_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
#define ADDNORM_EXTERN_C_BEGIN extern "C" {
#define ADDNORM_EXTERN_C_END }
#else
#define ADDNORM_EXTERN_C_BEGIN
#define ADDNORM_EXTERN_C_END
#endif

#define ADDNORM_API __attribute__((visibility("default")))

#endif /* ADDNORM_C_SUPPORT_H */
