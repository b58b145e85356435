#pragma once
/// \file
/// Marks the symbols of the shared library; no other can be linked to. In a program that links
/// the static library it means nothing, so that a plugin exports nothing of ours either.

#if defined(FACTORWAL_SHARED)
#define FACTORWAL_EXPORT [[gnu::visibility("default")]]
#else
#define FACTORWAL_EXPORT
#endif
