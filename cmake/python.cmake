# Finds Python, and the Arrow that its pyarrow holds, which the archive is then built against: the module
# _archive shares the libraries that `import pyarrow` loads.
find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module ${SKBUILD_SABI_COMPONENT})
if(FACTORWAL_BUILD_ARCHIVE)
  execute_process(COMMAND ${Python_EXECUTABLE} -c
                          "import importlib.util as u; print(u.find_spec('pyarrow').submodule_search_locations[0])"
                  OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE FACTORWAL_ARROW_ROOT
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
