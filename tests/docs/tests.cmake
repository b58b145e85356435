# The documents: links, examples, names of tests.
factorwal_test(docs_test unit docs/docs_test.cpp)
