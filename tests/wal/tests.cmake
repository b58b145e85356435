# The log. `wal_damage_test` and `wal_crash_test` sweep over every byte and every call.
factorwal_test(wal_test unit
  wal/coding_test.cpp
  wal/format_test.cpp
  wal/frame_test.cpp
  wal/writer_test.cpp)
target_link_libraries(wal_test PRIVATE log_test_support)
factorwal_test(wal_crash_test "unit;tsan" wal/crash_test.cpp)
target_link_libraries(wal_crash_test PRIVATE log_test_support)
