# The real tool, run as a user runs it.
find_package(nlohmann_json REQUIRED)
factorwal_test(tool_test unit
  tool/archive_test.cpp
  tool/as_of_test.cpp
  tool/backup_test.cpp
  tool/bench_test.cpp
  tool/catalogue_test.cpp
  tool/follow_test.cpp
  tool/hints_test.cpp
  tool/inspection_test.cpp
  tool/logout_test.cpp
  tool/mount_test.cpp
  tool/permissions_test.cpp
  tool/query_test.cpp
  tool/recover_test.cpp
  tool/retention_test.cpp
  tool/refused_arguments_test.cpp
  tool/rings_test.cpp
  tool/run_test.cpp
  tool/special_files_test.cpp
  tool/tail_test.cpp
  tool/tick_paths_test.cpp
  tool/unwritable_test.cpp)
target_link_libraries(tool_test PRIVATE
  factorwal_measure factorwal_doctor factorwal_feed_inner factorwal_inner nlohmann_json::nlohmann_json)
target_compile_definitions(tool_test PRIVATE FACTORWAL_TOOL="$<TARGET_FILE:factorwal_tool>")
add_dependencies(tool_test factorwal_tool)

# DuckDB, polars, pandas and pyarrow beside `query`, where the archive is built.
if(TARGET factorwal_archive)
  factorwal_test(archive_readers_test slow tool/archive_readers_test.cpp)
  target_link_libraries(archive_readers_test PRIVATE nlohmann_json::nlohmann_json)
  target_compile_definitions(archive_readers_test PRIVATE
    FACTORWAL_TOOL="$<TARGET_FILE:factorwal_tool>")
  add_dependencies(archive_readers_test factorwal_tool)
  factorwal_test(table_ticks_test slow tool/table_ticks_test.cpp)
  target_compile_definitions(table_ticks_test PRIVATE FACTORWAL_TOOL="$<TARGET_FILE:factorwal_tool>")
  add_dependencies(table_ticks_test factorwal_tool)
endif()
