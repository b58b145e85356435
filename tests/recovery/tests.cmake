factorwal_test(recovery_test unit
  recovery/channel_drain_test.cpp
  recovery/directory_origin_test.cpp
  recovery/forecast_test.cpp
  recovery/instrument_test.cpp
  recovery/loss_ledger_test.cpp
  recovery/recovery_cases_test.cpp
  recovery/ring_marks_test.cpp)
target_link_libraries(recovery_test PRIVATE log_test_support)
