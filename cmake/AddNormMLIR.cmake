# AddNorm::MLIR: the one MLIR that everything of AddNorm links, in its own build and in an embedder's.
#
# libMLIR.so exports almost none of the C API. Linking the C API *targets* would pull in a second,
# static MLIR; linking their archives by file keeps the one MLIR of the shared library. All archives
# are offered, so that a program may call any of mlir-c; the linker takes what is called.

get_property(_addnorm_archives GLOBAL PROPERTY MLIR_UPSTREAM_CAPI_LIBS)
list(TRANSFORM _addnorm_archives REPLACE ".+" "$<TARGET_FILE:\\0>")

# The archives are C++ inside; naming its library here lets a project of C alone link them.
add_library(AddNorm::MLIR INTERFACE IMPORTED)
set_target_properties(AddNorm::MLIR PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${MLIR_INCLUDE_DIRS};${LLVM_INCLUDE_DIRS}"
  INTERFACE_LINK_LIBRARIES
    "-Wl,--start-group;${_addnorm_archives};-Wl,--end-group;MLIR;LLVM;stdc++")
