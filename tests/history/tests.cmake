factorwal_test(history_test "unit;tsan"
  history/as_of_test.cpp
  history/backup_test.cpp
  history/consumer_test.cpp
  history/history_test.cpp
  history/recomputation_test.cpp)
target_link_libraries(history_test PRIVATE log_test_support)
