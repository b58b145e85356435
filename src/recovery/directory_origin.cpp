#include "recovery/directory_origin.h"

#include "wal/format/manifest.h"

namespace factorwal::recovery {
namespace {

/// Whether the recorded place leads to the recorded directory, and that is not the one at hand. A
/// place that cannot be looked at (a dead disk, a mount that lost its server) does not: its owner
/// goes on elsewhere.
bool is_elsewhere(FileSystem& files, const DirectoryMark& recorded, const FileId& here) {
  const auto there = files.file_id(recorded.path);
  if (!there || *there == here || !there->same_but_for_device(recorded.id)) return false;
  const auto manifest = wal::load_manifest(files, recorded.path);
  // Damaged, it is the original all the same.
  return manifest ? manifest->directory == recorded.identity
                  : manifest.error().code != Errc::kNotFound;
}

}  // namespace

Origin origin_of(FileSystem& files, const DirectoryMark& recorded, const DirectoryMark& here) {
  const bool like_it =
      recorded.identity == here.identity && recorded.id.same_but_for_device(here.id);
  if (like_it && recorded.id.device == here.id.device) return Origin::kSame;
  // A snapshot and a block copy have the inode and the birth time of their original: the one in the
  // recorded place is that, whatever its device is called by now.
  if (is_elsewhere(files, recorded, here.id)) return Origin::kCopy;
  return like_it ? Origin::kRemounted : Origin::kStranger;
}

}  // namespace factorwal::recovery
