#include "base/file.h"

#include <random>

#include "base/no_cancellation.h"

namespace factorwal {

std::int64_t FileSystem::wall_clock_ns() {
  if (auto* simulated = simulation()) return simulated->wall_clock_ns();
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::uint64_t random_bits(FileSystem& files) {
  if (auto* simulation = files.simulation()) return simulation->random();
  const NoCancellation whole;
  std::random_device device;  // getrandom on Linux
  return (std::uint64_t{device()} << 32) | device();
}

std::chrono::steady_clock::time_point steady_now(FileSystem& files) {
  if (auto* simulation = files.simulation()) return simulation->now();
  return std::chrono::steady_clock::now();
}

Result<Bytes> read_file(FileSystem& files, const std::string& path, std::uint64_t bytes_max) {
  auto file = files.open_read(path);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  if (*size > bytes_max) {
    return Error{Errc::kCorruption,
                 path + ": has " + std::to_string(*size) + " bytes; at most " +
                     std::to_string(bytes_max) + " can be right",
                 0};
  }
  Bytes content(static_cast<std::size_t>(*size));
  const auto count = (*file)->read_at(0, content);
  if (!count) return count.error();
  content.resize(*count);
  return content;
}

Status replace_file(FileSystem& files, const std::string& directory, const std::string& name,
                    ByteView content) {
  const auto target = join_path(directory, name);
  const auto source = target + ".new";
  // Nothing is ever written to a file again whose write or sync has failed: what an earlier try
  // left goes away first.
  if (auto done = files.remove(source); !done && done.error().code != Errc::kNotFound) return done;
  auto prepared = [&]() -> Status {
    auto file = files.create(source);
    if (!file) return file.error();
    if (auto written = (*file)->write_at(0, content); !written) return written;
    return (*file)->sync();
  }();
  if (!prepared) {
    (void)files.remove(source);  // gives the space back
    return prepared;
  }
  if (auto done = files.rename(source, target); !done) return done;
  return files.sync_directory(directory);
}

}  // namespace factorwal
