# The distribution's Python, whatever else is on the PATH: it has zeep.
find_program(VBS_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

# vbs_python_test(NAME LABEL TIMEOUT MODULE ARGUMENT...): a test of one module that is run as a program, such as unittest.
# The modules are named from the repository's root: tests.e2e.demo_test.
function(vbs_python_test name label timeout)
  add_test(NAME ${name} COMMAND ${VBS_PYTHON} -m ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout}
    ENVIRONMENT "VBS_BUILD=${CMAKE_BINARY_DIR};PYTHONDONTWRITEBYTECODE=1")
endfunction()
