factorwal_test(recovery_test unit
  recovery/as_of_test.cpp
  recovery/recomputation_test.cpp)
