# -DVBS_SANITIZE=address,undefined or thread: instruments every target of the project.
set(VBS_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=")
if(VBS_SANITIZE)
  add_compile_options(-fsanitize=${VBS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${VBS_SANITIZE})
endif()
