# The log. `wal_damage_test` and `wal_crash_test` sweep over every byte and every call.
factorwal_test(wal_test unit
  wal/block_test.cpp
  wal/chunk_damage_test.cpp
  wal/coding_test.cpp
  wal/column_test.cpp
  wal/format_page_test.cpp
  wal/format_test.cpp
  wal/frame_test.cpp
  wal/name_table_test.cpp
  wal/record_scanner_test.cpp
  wal/writer_test.cpp)
target_link_libraries(wal_test PRIVATE log_test_support)
factorwal_test(wal_crash_test "unit;tsan" wal/crash_test.cpp)
target_link_libraries(wal_crash_test PRIVATE log_test_support)
factorwal_test(wal_storage_failure_test "unit;tsan"
  wal/restart_test.cpp
  wal/storage_failure_test.cpp)
target_link_libraries(wal_storage_failure_test PRIVATE log_test_support)
factorwal_test(wal_damage_test unit
  wal/damage_test.cpp
  wal/damaged_pages_test.cpp)
target_link_libraries(wal_damage_test PRIVATE log_test_support)
factorwal_test(wal_live_test "unit;tsan"
  wal/live_test.cpp
  wal/record_stream_test.cpp)
target_link_libraries(wal_live_test PRIVATE log_test_support)
factorwal_test(wal_retention_test "unit;tsan"
  wal/archived_mark_test.cpp
  wal/retention_plan_test.cpp
  wal/retention_test.cpp)
target_link_libraries(wal_retention_test PRIVATE log_test_support)
factorwal_test(wal_compactness_test unit wal/compactness_test.cpp)
factorwal_test(wal_golden_test unit wal/golden_test.cpp)
target_link_libraries(wal_golden_test PRIVATE log_test_support)

# Whole lives of an engine in a world that a seed decides.
factorwal_test(simulation_test "unit;crash"
  simulation/failing_calls_test.cpp
  simulation/power_loss_test.cpp
  simulation/simulated_run.cpp
  simulation/simulation_test.cpp
  simulation/two_opens_test.cpp)
target_link_libraries(simulation_test PRIVATE log_test_support)
