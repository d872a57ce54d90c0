# What `cmake --install` puts under its prefix. The tree may be moved afterwards.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS AddNorm AddNormReference AddNormMachine AddNormPlugin addnorm-opt addnormc
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/ ${PROJECT_BINARY_DIR}/include/ TYPE INCLUDE
        FILES_MATCHING PATTERN *.h PATTERN *.td PATTERN *.inc PATTERN CMakeFiles EXCLUDE)
install(FILES LICENSE TYPE DOC)
install(DIRECTORY targets DESTINATION ${CMAKE_INSTALL_DATADIR}/addnorm)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/AddNorm)
configure_package_config_file(cmake/AddNormConfig.cmake.in AddNormConfig.cmake
  INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(AddNormConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/AddNormConfig.cmake
              ${PROJECT_BINARY_DIR}/AddNormConfigVersion.cmake
              cmake/AddNormMLIR.cmake
        DESTINATION ${config_dir})
