# Installs the library, its public headers and the package files for find_package(factorwal).
include(CMakePackageConfigHelpers)

install(TARGETS factorwal EXPORT factorwal-targets
        FILE_SET public_headers
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(FACTORWAL_BUILD_FEED)
  install(TARGETS factorwal_feed EXPORT factorwal-targets
          FILE_SET public_headers
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(EXPORT factorwal-targets NAMESPACE factorwal::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/factorwal)
if(TARGET factorwal_archive)
  # A component: who does not ask for it needs no Arrow.
  install(TARGETS factorwal_archive EXPORT factorwal-archive-targets
          FILE_SET public_headers
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT factorwal-archive-targets NAMESPACE factorwal::
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/factorwal)
  install(FILES cmake/FindFactorwalArrow.cmake
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/factorwal)
endif()
configure_package_config_file(
  cmake/factorwal-config.cmake.in ${CMAKE_BINARY_DIR}/factorwal-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/factorwal)
write_basic_package_version_file(
  ${CMAKE_BINARY_DIR}/factorwal-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/factorwal-config.cmake
              ${CMAKE_BINARY_DIR}/factorwal-config-version.cmake
              cmake/FindIsal.cmake cmake/FindSleef.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/factorwal)
if(FACTORWAL_BUILD_FEED)
  install(FILES cmake/FindMinizip.cmake cmake/FindZstd.cmake
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/factorwal)
endif()
if(TARGET factorwal_tool)
  install(TARGETS factorwal_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
