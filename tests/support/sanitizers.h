#pragma once
/// Which sanitizers a test is built with; gcc and clang say it in ways of their own.

namespace factorwal::test {

#if defined(__has_feature)
#define FACTORWAL_HAS_FEATURE(feature) __has_feature(feature)
#else
#define FACTORWAL_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || FACTORWAL_HAS_FEATURE(address_sanitizer)
inline constexpr bool kSanitizesAddresses = true;
#else
inline constexpr bool kSanitizesAddresses = false;
#endif

#if defined(__SANITIZE_THREAD__) || FACTORWAL_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kSanitizesThreads = true;
#else
inline constexpr bool kSanitizesThreads = false;
#endif

}  // namespace factorwal::test
