# How AddNorm's own code is compiled.

include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR}/include
                    ${PROJECT_SOURCE_DIR})
include_directories(SYSTEM ${PROJECT_BINARY_DIR}/include ${PROJECT_BINARY_DIR})
add_definitions(${LLVM_DEFINITIONS})

# The numerics are defined by C code in places: no contraction the source does not spell out.
add_compile_options(
  -Wall -Wextra
  $<$<COMPILE_LANGUAGE:C>:-Wshadow>
  $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
  $<$<COMPILE_LANGUAGE:C>:-ffp-contract=off>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
if(ADDNORM_WERROR)
  add_compile_options(-Werror)
endif()
if(ADDNORM_SANITIZE)
  set(ADDNORM_SANITIZE_FLAGS -fsanitize=address,undefined)
  add_compile_options(${ADDNORM_SANITIZE_FLAGS} -fno-sanitize=vptr -fno-omit-frame-pointer)
  add_link_options(${ADDNORM_SANITIZE_FLAGS})
endif()
