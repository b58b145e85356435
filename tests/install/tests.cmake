# Of the release and dev builds only: the package as a stranger sees it, static and shared, and each
# public header on its own.

# factorwal_install_tests(KIND BUILD): installs what was built there, and uses it.
function(factorwal_install_tests kind build)
  set(place ${PROJECT_BINARY_DIR}/install-test/${kind})
  add_test(NAME install.${kind}.package
    COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${place}/prefix)
  add_test(NAME install.${kind}.consumer
    COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test
      ${CMAKE_CURRENT_SOURCE_DIR}/install ${place}/build
      --build-generator ${CMAKE_GENERATOR}
      --build-options -DCMAKE_PREFIX_PATH=${place}/prefix
        -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_BUILD_TYPE=Release
      --test-command consumer)
  add_test(NAME install.${kind}.plugin COMMAND ${place}/build/plugin_host ${place}/build/plugin.so
    WORKING_DIRECTORY ${place}/build)
  set_tests_properties(install.${kind}.package PROPERTIES FIXTURES_SETUP ${kind}_package)
  set_tests_properties(install.${kind}.consumer PROPERTIES
    FIXTURES_REQUIRED ${kind}_package FIXTURES_SETUP ${kind}_consumer)
  set_tests_properties(install.${kind}.plugin PROPERTIES FIXTURES_REQUIRED ${kind}_consumer)
  set_tests_properties(install.${kind}.package install.${kind}.consumer install.${kind}.plugin
    PROPERTIES LABELS "install;install_${kind}")
endfunction()

if(BUILD_SHARED_LIBS)
  set(shared_build ${PROJECT_BINARY_DIR})
  factorwal_install_tests(shared ${shared_build})
else()
  factorwal_install_tests(static ${PROJECT_BINARY_DIR})
  if(TARGET factorwal_archive)
    add_test(NAME install.static.archive
      COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test
        ${CMAKE_CURRENT_SOURCE_DIR}/install/archive
        ${PROJECT_BINARY_DIR}/install-test/static/archive-build
        --build-generator ${CMAKE_GENERATOR}
        --build-options -DCMAKE_PREFIX_PATH=${PROJECT_BINARY_DIR}/install-test/static/prefix
          -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_BUILD_TYPE=Release
        --test-command archive_consumer)
    set_tests_properties(install.static.archive PROPERTIES
      LABELS "install;install_static" FIXTURES_REQUIRED static_package)
  endif()
  # The other kind: the library alone.
  set(shared_build ${PROJECT_BINARY_DIR}/install-test/shared-library)
  add_test(NAME install.shared.library
    COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${PROJECT_SOURCE_DIR} ${shared_build}
      --build-generator ${CMAKE_GENERATOR}
      --build-options -DBUILD_SHARED_LIBS=ON -DFACTORWAL_BUILD_TOOL=OFF
        -DFACTORWAL_BUILD_TESTS=OFF -DFACTORWAL_BUILD_BENCHES=OFF -DFACTORWAL_BUILD_ARCHIVE=OFF
        -DFACTORWAL_WERROR=${FACTORWAL_WERROR} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
        -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE} -DCMAKE_UNITY_BUILD=ON)
  factorwal_install_tests(shared ${shared_build})
  set_tests_properties(install.shared.library PROPERTIES
    LABELS "install;install_shared" FIXTURES_SETUP shared_library)
  set_tests_properties(install.shared.package PROPERTIES FIXTURES_REQUIRED shared_library)
endif()
add_test(NAME install.shared.exports
  COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DHEADERS=${PROJECT_SOURCE_DIR}/include
    -DLIBRARY=${PROJECT_BINARY_DIR}/install-test/shared/prefix/${CMAKE_INSTALL_LIBDIR}/libfactorwal.so
    -P ${CMAKE_CURRENT_SOURCE_DIR}/install/check_exports.cmake)
set_tests_properties(install.shared.exports PROPERTIES
  LABELS "install;install_shared" FIXTURES_REQUIRED shared_package)

add_test(NAME headers.compile_alone
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target all_verify_interface_header_sets)
set_tests_properties(headers.compile_alone PROPERTIES LABELS install)
