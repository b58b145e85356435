#pragma once
/// \file
/// What minizip calls to read a file.

#include <minizip/ioapi.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace factorwal::feed {

/// The reads of minizip, at places of their own. Remembers failures: minizip takes them for ends.
struct ZipFile {
  int fd = -1;
  std::uint64_t at = 0;
  int error = 0;

  static uLong read(void* opaque, void*, void* into, uLong size) {
    auto& file = *static_cast<ZipFile*>(opaque);
    uLong done = 0;
    while (done < size) {
      const ssize_t got = ::pread(file.fd, static_cast<char*>(into) + done, size - done,
                                  static_cast<off_t>(file.at));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) file.error = errno;
      if (got <= 0) break;
      done += static_cast<uLong>(got);
      file.at += static_cast<std::uint64_t>(got);
    }
    return done;
  }
  static ZPOS64_T tell(void* opaque, void*) { return static_cast<ZipFile*>(opaque)->at; }
  static long seek(void* opaque, void*, ZPOS64_T offset, int origin) {
    auto& file = *static_cast<ZipFile*>(opaque);
    if (origin == ZLIB_FILEFUNC_SEEK_CUR) offset += file.at;
    if (origin == ZLIB_FILEFUNC_SEEK_END) {
      const off_t size = ::lseek(file.fd, 0, SEEK_END);
      if (size < 0) file.error = errno;
      if (size < 0) return -1;
      offset += static_cast<std::uint64_t>(size);
    }
    file.at = offset;
    return 0;
  }
  static void* open(void* opaque, const void*, int) { return opaque; }
  static int close(void*, void*) { return 0; }
  static int failed(void* opaque, void*) { return static_cast<ZipFile*>(opaque)->error; }
};

}  // namespace factorwal::feed
