#pragma once
/// FACTORWAL_VECTOR_CLONES before a function: the compiler makes it for several levels of
/// instruction sets, and the loader takes the best one that the processor has. All give the same
/// bits: nothing is contracted or reordered (-ffp-contract=off). Only in anonymous namespaces: the
/// resolver of any other function is seen outside a shared library.
///
/// FACTORWAL_VECTOR_VERSIONS is defined where a function may have several versions by hand.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define FACTORWAL_VECTOR_VERSIONS
#define FACTORWAL_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FACTORWAL_VECTOR_CLONES
#endif
