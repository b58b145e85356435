# The documents: links, examples, names of tests.
factorwal_test(docs_test docs docs/docs_test.cpp)
