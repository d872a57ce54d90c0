# How AddNorm's own code is compiled and linked.

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
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# libMLIR.so exports almost none of the C API. Linking the C API *targets* would pull in a second,
# static MLIR; linking their archives by file keeps the one MLIR of the shared library.
# addnorm_link_mlir(TARGET COMPONENTS...): MLIR for what uses AddNorm, with further C API components.
function(addnorm_link_mlir target)
  foreach(component ${ARGN} Interfaces Arith Linalg Math MemRef SCF Tensor IR)
    list(APPEND archives $<TARGET_FILE:MLIRCAPI${component}>)
  endforeach()
  target_link_libraries(${target} PRIVATE ${archives} MLIR LLVM)
  target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL -Wl,-z,defs)
endfunction()
