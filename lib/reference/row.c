#include "lib/reference/row.h"

#include <math.h>

static bool isFloat(AddnormElementType type) {
  return type == ADDNORM_F16 || type == ADDNORM_BF16 || type == ADDNORM_F32;
}

static bool isPowerOfTwo(int64_t value) { return value > 0 && (value & (value - 1)) == 0; }

static AddnormStatus checkValues(const AddnormReference *norm, AddnormError *error) {
  if (norm->numAddends < 1 || norm->numAddends > ADDNORM_REFERENCE_MAX_ADDENDS)
    return addnormRefuse(error, ADDNORM_ERROR_VALUE, "numAddends", "from 1 to 16");
  if (!norm->addends)
    return addnormRefuse(error, ADDNORM_ERROR_NULL, "addends", "no tensors");
  if (!norm->y)
    return addnormRefuse(error, ADDNORM_ERROR_NULL, "y", "no tensor");
  if (!norm->y->shape)
    return addnormRefuse(error, ADDNORM_ERROR_NULL, "y", "no shape");
  if (norm->y->rank < 1 || norm->y->rank > ADDNORM_MAX_RANK)
    return addnormRefuse(error, ADDNORM_ERROR_RANK, "y", "from 1 to 8");
  if (!isPowerOfTwo(norm->lanes))
    return addnormRefuse(error, ADDNORM_ERROR_VALUE, "lanes", "a power of two");
  if (norm->chunk < 0 || norm->chunk % norm->lanes != 0)
    return addnormRefuse(error, ADDNORM_ERROR_VALUE, "chunk", "a multiple of lanes, or 0");
  if (!(norm->epsilon >= 0) || isinf(norm->epsilon))
    return addnormRefuse(error, ADDNORM_ERROR_VALUE, "epsilon", "finite and not negative");
  if (norm->sumType && !isFloat(*norm->sumType))
    return addnormRefuse(error, ADDNORM_ERROR_TYPE, "sumType", "f16, bf16 or f32");
  if (norm->normType && !isFloat(*norm->normType))
    return addnormRefuse(error, ADDNORM_ERROR_TYPE, "normType", "f16, bf16 or f32");
  return ADDNORM_OK;
}

static const char *const addendNames[ADDNORM_REFERENCE_MAX_ADDENDS] = {
    "addend0", "addend1", "addend2",  "addend3",  "addend4",  "addend5",  "addend6",  "addend7",
    "addend8", "addend9", "addend10", "addend11", "addend12", "addend13", "addend14", "addend15"};

/* Adds a tensor, and to the table what kernel.h's check shall compare it with: the sizes of y, or
 * those of its last dimension. Returns the entry. */
static AddnormTensorSpec *add(Call *call, AddnormTensorSpec *specs, const char *name,
                              const AddnormTensor *tensor, int32_t rank) {
  const AddnormTensor *y = call->norm->y;
  AddnormTensorSpec *spec = &specs[call->numTensors];
  *spec = (AddnormTensorSpec){.name = name, .type = ADDNORM_F32, .rank = rank};
  if (isFloat(tensor->type))
    spec->type = tensor->type;
  for (int32_t d = 0; d < rank; ++d)
    spec->shape[d] = y->shape[y->rank - rank + d];
  call->tensors[call->numTensors++] = tensor;
  return spec;
}

static void addOutputs(Call *call, AddnormTensorSpec *specs, uint32_t inPlace) {
  const AddnormReference *norm = call->norm;
  int32_t rank = norm->y->rank;
  add(call, specs, "y", norm->y, rank)->inPlace = inPlace;
  if (norm->sum)
    add(call, specs, "sum", norm->sum, rank)->inPlace = inPlace;
  if (norm->rstd) {
    AddnormTensorSpec *spec = add(call, specs, "rstd", norm->rstd, rank);
    spec->type = ADDNORM_F32;
    spec->shape[rank - 1] = 1;
  }
}

AddnormStatus callCreate(Call *call, const AddnormReference *norm, bool writes,
                         AddnormError *error) {
  AddnormStatus status = checkValues(norm, error);
  if (status != ADDNORM_OK)
    return status;
  *call = (Call){.norm = norm, .rows = 1};
  AddnormTensorSpec specs[MAX_TENSORS];
  int32_t rank = norm->y->rank;
  uint32_t inPlace = 0;
  for (int32_t k = 0; k < norm->numAddends; ++k) {
    bool isVector = norm->addends[k].rank == 1;
    inPlace |= isVector && rank > 1 ? 0 : 1u << k;
    add(call, specs, addendNames[k], &norm->addends[k], isVector ? 1 : rank);
  }
  if (norm->gamma)
    add(call, specs, "gamma", norm->gamma, 1);
  int32_t numInputs = call->numTensors;
  if (writes)
    addOutputs(call, specs, inPlace);
  status = addnormCheck(specs, call->tensors, numInputs, call->numTensors, call->strides, error);
  for (int32_t d = 0; d < rank - 1; ++d)
    call->rows *= norm->y->shape[d];
  call->n = norm->y->shape[rank - 1];
  return status;
}

/* Row `row` of tensor `i`, or the one row of a vector; null where the rows are empty. */
static void *rowOf(const Call *call, int32_t i, int64_t row) {
  const AddnormTensor *tensor = call->tensors[i];
  if (!tensor->data)
    return NULL;
  int64_t offset = 0;
  for (int32_t d = tensor->rank - 2; d >= 0; --d) {
    offset += row % tensor->shape[d] * call->strides[i][d];
    row /= tensor->shape[d];
  }
  return (char *)tensor->data + offset * addnormElementSize(tensor->type);
}

Row callRow(const Call *call, int64_t row) {
  const AddnormReference *norm = call->norm;
  Row r = {.norm = norm, .n = call->n};
  int32_t i = 0;
  for (; i < norm->numAddends; ++i)
    r.addends[i] = rowOf(call, i, row);
  if (norm->gamma)
    r.gamma = rowOf(call, i++, row);
  if (i == call->numTensors)
    return r;
  r.y = rowOf(call, i++, row);
  if (norm->sum)
    r.sum = rowOf(call, i++, row);
  if (norm->rstd)
    r.rstd = rowOf(call, i, row);
  return r;
}
