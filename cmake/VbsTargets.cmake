include(GoogleTest)

# The warnings that our own code is held to; generated code is not.
add_library(vbs_warnings INTERFACE)
target_compile_options(vbs_warnings INTERFACE -Wall -Wextra -Wpedantic -Werror)

# vbs_headers(NAME VISIBILITY): the headers of this folder, and no others, as "common/model/ids.h" for whoever links NAME.
# So a folder sees only those that it links, directly or through them: an include that looks up a layer does not compile.
function(vbs_headers name visibility)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "." tree ${folder})
  set(tree ${CMAKE_BINARY_DIR}/headers/${tree})
  file(REMOVE_RECURSE ${tree})
  file(MAKE_DIRECTORY ${tree}/${folder})
  file(GLOB headers RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS *.h)
  foreach(header ${headers})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${tree}/${folder}/${header} SYMBOLIC)
  endforeach()
  target_include_directories(${name} ${visibility} ${tree})
endfunction()

# vbs_library(NAME SOURCES ... LINK ... USES ...): a static library of the project. LINK: what its headers need, seen by
# whoever links it. USES: what its sources alone need.
function(vbs_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;USES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  vbs_headers(${name} PUBLIC)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_USES} vbs_warnings)
endfunction()

# What scripts/build builds: the programs without their tests.
add_custom_target(programs)

# vbs_program(NAME SOURCES ... LINK ...): an executable in build/<preset>/bin, installed into bin.
function(vbs_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  vbs_headers(${name} PRIVATE)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} vbs_warnings)
  add_dependencies(programs ${name})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# vbs_test(NAME LABEL unit|faults|service|e2e SOURCES ... LINK ...): a GoogleTest program, each of its tests known to ctest.
function(vbs_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main vbs_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
