# What is installed: the programs, and the libraries that need nothing beyond the standard library, for
# find_package(assay): assay::core, assay::checkers, assay::workloads, assay::nemesis, assay::sim.
include(CMakePackageConfigHelpers)

set(libraries core checkers workloads nemesis sim)
list(TRANSFORM libraries PREPEND assay_ OUTPUT_VARIABLE library_targets)
install(TARGETS ${library_targets} EXPORT assayTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS assay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(folder harness/core harness/sim checkers workloads nemesis)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay/${folder}/..
          FILES_MATCHING PATTERN "*.h" PATTERN "testing" EXCLUDE PATTERN "testdata" EXCLUDE)
endforeach()
install(EXPORT assayTargets NAMESPACE assay:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/assay)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/assayConfig.cmake.in
                              ${CMAKE_CURRENT_BINARY_DIR}/assayConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/assay)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/assayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/assayConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/assayConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/assay)
