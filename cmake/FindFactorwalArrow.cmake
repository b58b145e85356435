# Defines FactorwalArrow::parquet: Apache Arrow's C++ libraries with Parquet, from version 21.
#
# The system's own package where CMake finds one; else the headers and libraries inside the pinned
# `pyarrow` wheel that `scripts/setup archive` puts into a private virtual environment.
# FACTORWAL_ARROW_ROOT names another folder that holds `include/` and the libraries.
include(FindPackageHandleStandardArgs)

# The wheel is built with the C++ library's new ABI, as g++ is from version 5 on.
function(factorwal_arrow_from_folder)
  set(candidates ${FACTORWAL_ARROW_ROOT})
  file(GLOB wheels
    ${PROJECT_SOURCE_DIR}/.venv-archive/lib/python3*/site-packages/pyarrow
    $ENV{FACTORWAL_ARCHIVE_VENV}/lib/python3*/site-packages/pyarrow)
  list(APPEND candidates ${wheels})
  foreach(folder IN LISTS candidates)
    # A wheel has no links without the version: libarrow.so.2600, not libarrow.so.
    file(GLOB arrow ${folder}/libarrow.so* ${folder}/lib/libarrow.so*)
    file(GLOB parquet ${folder}/libparquet.so* ${folder}/lib/libparquet.so*)
    if(arrow AND parquet AND EXISTS ${folder}/include/parquet/api/writer.h)
      list(GET arrow 0 arrow)
      list(GET parquet 0 parquet)
      file(STRINGS ${folder}/include/arrow/util/config.h version
           REGEX "define ARROW_VERSION_STRING")
      string(REGEX MATCH "[0-9]+[.0-9]*" version "${version}")
      set(FactorwalArrow_VERSION ${version} PARENT_SCOPE)
      set(FactorwalArrow_LIBRARY ${arrow} PARENT_SCOPE)
      set(FactorwalArrow_PARQUET_LIBRARY ${parquet} PARENT_SCOPE)
      set(FactorwalArrow_INCLUDE_DIR ${folder}/include PARENT_SCOPE)
      set(FactorwalArrow_ORIGIN ${folder} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

if(NOT FACTORWAL_ARROW_ROOT)
  find_package(Parquet CONFIG QUIET GLOBAL)
endif()
if(Parquet_FOUND AND TARGET Parquet::parquet_shared)
  set(FactorwalArrow_LIBRARY Parquet::parquet_shared)
  set(FactorwalArrow_VERSION ${Parquet_VERSION})
  set(FactorwalArrow_ORIGIN ${Parquet_DIR})
else()
  factorwal_arrow_from_folder()
endif()

find_package_handle_standard_args(FactorwalArrow
  REQUIRED_VARS FactorwalArrow_LIBRARY FactorwalArrow_ORIGIN
  VERSION_VAR FactorwalArrow_VERSION)

if(FactorwalArrow_FOUND AND NOT TARGET FactorwalArrow::parquet)
  add_library(FactorwalArrow::parquet INTERFACE IMPORTED GLOBAL)
  if(TARGET Parquet::parquet_shared)
    target_link_libraries(FactorwalArrow::parquet INTERFACE Parquet::parquet_shared)
  else()
    # Named by full path, so that programs find them at run time without any setting.
    target_link_libraries(FactorwalArrow::parquet INTERFACE
      ${FactorwalArrow_PARQUET_LIBRARY} ${FactorwalArrow_LIBRARY})
    target_include_directories(FactorwalArrow::parquet SYSTEM INTERFACE
      ${FactorwalArrow_INCLUDE_DIR})
  endif()
endif()
