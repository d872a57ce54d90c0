/* Pipelines under a name. */

#ifndef ADDNORM_LIB_SEAM_PIPELINE_H
#define ADDNORM_LIB_SEAM_PIPELINE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Registers addnorm-npu-pipeline. May be called more than once. */
void addnormRegisterPipelines(void);

#ifdef __cplusplus
}
#endif

#endif /* ADDNORM_LIB_SEAM_PIPELINE_H */
