# Only where the archive is built: where Apache Arrow is.
factorwal_test(archive_test unit
  archive/archiver_test.cpp
  archive/commit_test.cpp
  archive/encoding_test.cpp
  archive/full_history_test.cpp
  archive/round_trip_test.cpp
  archive/trading_days_test.cpp
  archive/verification_test.cpp)
target_link_libraries(archive_test PRIVATE factorwal_archive FactorwalArrow::parquet)
