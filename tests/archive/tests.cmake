# Only where the archive is built: where Apache Arrow is.
factorwal_test(archive_test unit
  archive/archiver_test.cpp
  archive/commit_test.cpp
  archive/encoding_test.cpp
  archive/full_history_test.cpp
  archive/round_trip_test.cpp
  archive/trading_days_test.cpp
  archive/verification_test.cpp)
# Files of columns become ticks: where the feed is built.
if(TARGET factorwal_feed)
  target_sources(archive_test PRIVATE
    archive/table_source_test.cpp ${PROJECT_SOURCE_DIR}/tools/factorwal/feed_words.cpp)
  target_include_directories(archive_test PRIVATE ${PROJECT_SOURCE_DIR}/tools/factorwal)
  target_link_libraries(archive_test PRIVATE factorwal_feed_inner)
endif()
target_link_libraries(archive_test PRIVATE factorwal_archive FactorwalArrow::parquet)
