factorwal_test(history_test "unit;tsan"
  history/arrow_test.cpp
  history/as_of_test.cpp
  history/backup_test.cpp
  history/consumer_test.cpp
  history/edited_history_test.cpp
  history/history_test.cpp
  history/index_test.cpp
  history/reader_test.cpp
  history/recomputation_test.cpp
  history/tick_count_test.cpp)
target_link_libraries(history_test PRIVATE log_test_support)

# Needs Python with pyarrow: of the archive's environment, or of the system.
set(FACTORWAL_ARROW_PYTHON ${PROJECT_SOURCE_DIR}/.venv-archive/bin/python3)
if(NOT EXISTS ${FACTORWAL_ARROW_PYTHON})
  find_program(FACTORWAL_SYSTEM_PYTHON NAMES python3)
  set(FACTORWAL_ARROW_PYTHON ${FACTORWAL_SYSTEM_PYTHON})
endif()
if(FACTORWAL_ARROW_PYTHON AND NOT FACTORWAL_SANITIZE)
  add_library(arrow_probe MODULE history/arrow_probe.cpp)
  factorwal_flags(arrow_probe)
  target_link_libraries(arrow_probe PRIVATE factorwal)
  add_test(NAME Arrow.PyarrowTakesAHistory
    COMMAND ${FACTORWAL_ARROW_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/history/arrow_import.py
      $<TARGET_FILE:arrow_probe> ${CMAKE_CURRENT_BINARY_DIR}/arrow_import.data)
  set_tests_properties(Arrow.PyarrowTakesAHistory PROPERTIES SKIP_RETURN_CODE 77 LABELS install)
endif()
