# The documents: links, examples, names of tests, states.
factorwal_test(docs_test docs docs/docs_test.cpp docs/state_page_test.cpp)
