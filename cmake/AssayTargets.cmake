# Functions that every folder's CMakeLists.txt uses: one library per folder, one test program per folder, and tables of
# plug-ins made from file names.

set(ASSAY_WARNINGS -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wcast-qual -Wundef -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  list(APPEND ASSAY_WARNINGS -Wno-restrict)  # false alarms in GCC 12's own string (GCC bug 105651)
endif()
if(ASSAY_SANITIZE MATCHES thread)
  # ThreadSanitizer does not know the fences that Asio uses unless told not to.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
if(ASSAY_SANITIZE)
  # Pointers that are null or badly aligned trap by themselves or in AddressSanitizer; checking each one made compiling a
  # third slower.
  add_compile_options(-fsanitize=${ASSAY_SANITIZE} -fno-sanitize=null,alignment -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ASSAY_SANITIZE})
endif()
if(ASSAY_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  list(APPEND ASSAY_WARNINGS -Wno-subobject-linkage)  # takes files that are compiled together for headers
endif()
find_program(ASSAY_CCACHE ccache)
if(ASSAY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ASSAY_CCACHE})
endif()
find_program(ASSAY_MOLD mold)
if(ASSAY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Compiles the files of a target in batches, in the presets that ask for it. A folder whose files are cheap to compile says
# set(ASSAY_UNITY OFF) and has the freedom to use a name in two files.
function(assay_unity target)
  if(ASSAY_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  endif()
endfunction()

# assay_library(core [COLD] DEPENDS ... [SOURCES ...]): target assay_core, alias assay::core, from every .cpp of the folder
# that is no test. SOURCES replaces the glob. COLD: it mostly waits for others, so presets that look for mistakes compile
# it without optimising, in half the time.
function(assay_library name)
  cmake_parse_arguments(ARG "COLD" "" "DEPENDS;PRIVATE_DEPENDS;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    list(FILTER ARG_SOURCES EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")
  endif()
  if(NOT ARG_SOURCES)  # headers only
    add_library(assay_${name} INTERFACE)
    add_library(assay::${name} ALIAS assay_${name})
    target_include_directories(assay_${name} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                       $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/assay>)
    target_link_libraries(assay_${name} INTERFACE ${ARG_DEPENDS})
    return()
  endif()
  add_library(assay_${name} STATIC ${ARG_SOURCES})
  assay_unity(assay_${name})
  add_library(assay::${name} ALIAS assay_${name})
  set_target_properties(assay_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(assay_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/assay>)
  target_compile_options(assay_${name} PRIVATE ${ASSAY_WARNINGS})
  if(ARG_COLD AND ASSAY_COLD_UNOPTIMISED)
    target_compile_options(assay_${name} PRIVATE -O0)
  endif()
  target_link_libraries(assay_${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
endfunction()

# assay_tests(core DEPENDS ... [SOURCES ...] [LOCK name]): program core_test from every *_test.cpp of the folder, one CTest
# case per test; cases with the same LOCK never run at the same time.
function(assay_tests name)
  if(NOT ASSAY_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "LOCK" "DEPENDS;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  endif()
  if(NOT ARG_SOURCES)
    return()
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  assay_unity(${name}_test)
  target_compile_options(${name}_test PRIVATE -O0)  # half the time to compile; what is under test is in libraries
  target_compile_options(${name}_test PRIVATE ${ASSAY_WARNINGS})
  target_compile_definitions(${name}_test PRIVATE ASSAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  set(lock "")
  if(ARG_LOCK)
    set(lock RESOURCE_LOCK ${ARG_LOCK})
  endif()
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT 600 ${lock})
endfunction()

# assay_embed_files(OUT NAME FILES target.json ...): writes a .cpp that defines
# `std::vector<described::EmbeddedFile> assay::embedded::NAME()`, the files of this folder as a part of the program.
function(assay_embed_files out name)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(entries "")
  foreach(file IN LISTS ARG_FILES)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} text)
    string(APPEND entries "    {\"${file}\", R\"assay(${text})assay\"},\n")
  endforeach()
  set(path ${CMAKE_CURRENT_BINARY_DIR}/${name}_embedded.cpp)
  set(content "// Generated from files of the folder.
#include <vector>

#include \"targets/described/store/embedded.h\"

namespace assay::embedded {

std::vector<described::EmbeddedFile> ${name}();

std::vector<described::EmbeddedFile> ${name}() {
  return {
${entries}  };
}

}  // namespace assay::embedded
")
  set(before "")
  if(EXISTS ${path})
    file(READ ${path} before)
  endif()
  if(NOT before STREQUAL content)
    file(WRITE ${path} "${content}")
  endif()
  set(${out} ${path} PARENT_SCOPE)
endfunction()

# assay_plugin_table(OUT NAMESPACE assay::checkers TYPE assay::CheckerPlugin HEADER harness/core/checker.h FILES ...):
# writes a .cpp that defines `std::span<const TYPE* const> NAMESPACE::all_plugins()`, in order of file names. Each file
# foo_bar.cpp defines `extern const TYPE foo_bar_plugin;` in that namespace.
function(assay_plugin_table out)
  cmake_parse_arguments(ARG "" "NAMESPACE;TYPE;HEADER" "FILES" ${ARGN})
  set(declarations "")
  set(entries "")
  list(SORT ARG_FILES)
  foreach(file IN LISTS ARG_FILES)
    get_filename_component(stem ${file} NAME_WE)
    string(APPEND declarations "extern const ${ARG_TYPE} ${stem}_plugin;\n")
    string(APPEND entries "    &${stem}_plugin,\n")
  endforeach()
  list(LENGTH ARG_FILES count)
  string(REPLACE "::" "_" slug ${ARG_NAMESPACE})
  set(path ${CMAKE_CURRENT_BINARY_DIR}/${slug}_plugins.cpp)
  file(CONFIGURE OUTPUT ${path} @ONLY CONTENT
"// Generated from the file names of the folder.
#include <array>
#include <span>

#include \"${ARG_HEADER}\"

namespace ${ARG_NAMESPACE} {

${declarations}
std::span<const ${ARG_TYPE}* const> all_plugins();

std::span<const ${ARG_TYPE}* const> all_plugins() {
  static const std::array<const ${ARG_TYPE}*, ${count}> table = {
${entries}  };
  return table;
}

}  // namespace ${ARG_NAMESPACE}
")
  set(${out} ${path} PARENT_SCOPE)
endfunction()
