# -DVBS_SANITIZE=address,undefined or thread: instruments every target of the project.
set(VBS_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=")
if(VBS_SANITIZE)
  add_compile_options(-fsanitize=${VBS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${VBS_SANITIZE})
  if(VBS_SANITIZE MATCHES undefined)
    # The check of virtual tables opens a pipe to look at memory, and reports a fault where a test has used up all descriptors.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()
