# The documents: links, examples, names of tests, states.
factorwal_test(docs_test docs
  docs/curves_test.cpp
  docs/docs_test.cpp
  docs/readme_figures_test.cpp
  docs/state_page_test.cpp)
# Who may include whom.
factorwal_test(layering_test docs layering/layering_test.cpp)

# Scripts that need no build.
add_test(NAME scripts.bench_guard.calls_slow_downs_and_not_noise
  COMMAND ${PROJECT_SOURCE_DIR}/bench/guard/compare_test.sh)
set_tests_properties(scripts.bench_guard.calls_slow_downs_and_not_noise PROPERTIES LABELS docs)
add_test(NAME scripts.test.unknown_stage_lists_the_stages
  COMMAND ${PROJECT_SOURCE_DIR}/scripts/test nonsense)
set_tests_properties(scripts.test.unknown_stage_lists_the_stages PROPERTIES LABELS docs
  PASS_REGULAR_EXPRESSION "no stage 'nonsense'. Stages: format, release, shared, benches, asan, tsan, tidy, archive")
