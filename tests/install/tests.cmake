# Of the release and dev builds only: the package as a stranger sees it, and each public header
# on its own.

set(prefix ${PROJECT_BINARY_DIR}/install-test/prefix)
add_test(NAME install.package
  COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${prefix})
add_test(NAME install.consumer
  COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test
    ${CMAKE_CURRENT_SOURCE_DIR}/install ${PROJECT_BINARY_DIR}/install-test/build
    --build-generator ${CMAKE_GENERATOR}
    --build-options -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
      -DCMAKE_BUILD_TYPE=Release
    --test-command consumer)
set_tests_properties(install.package PROPERTIES LABELS install FIXTURES_SETUP installed_package)
set_tests_properties(install.consumer PROPERTIES LABELS install FIXTURES_REQUIRED installed_package)

add_test(NAME headers.compile_alone
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target all_verify_interface_header_sets)
set_tests_properties(headers.compile_alone PROPERTIES LABELS install)
