# Compiler flags, hung on targets: call factorwal_flags(TARGET) for every target of ours.

function(factorwal_flags target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    # The same bits from every compiler: no fused multiply-add, no value-changing optimisation.
    -ffp-contract=off -fno-fast-math
    # A root is one instruction: nobody looks at errno.
    -fno-math-errno)
  if(FACTORWAL_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(FACTORWAL_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${FACTORWAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${FACTORWAL_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Instrumented code confuses this warning, in std::regex for instance; other builds have it.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
  endif()
endfunction()
