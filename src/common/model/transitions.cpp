#include "common/model/transitions.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vbs {
namespace {

template <class Table, class Status>
bool contains(const Table& table, Status from, Status to) {
  return std::find(table.begin(), table.end(), std::pair{from, to}) != table.end();
}

}  // namespace

bool isLegal(VolumeStatus from, VolumeStatus to) {
  using enum VolumeStatus;
  static constexpr std::array kTable{
      std::pair{Pending, Available},  // created, or the copy from the snapshot is complete
      std::pair{Pending, Error},      // the copy failed
      std::pair{Pending, Deleting},   // deleted while the copy runs: the copy is ended first
      std::pair{Available, Attaching}, std::pair{Attaching, InUse},
      std::pair{Attaching, Available},  // attach rolled back
      std::pair{InUse, Detaching},     std::pair{Detaching, Available},
      std::pair{Detaching, InUse},  // detach rolled back
      std::pair{Available, Deleting},  std::pair{Error, Deleting},
      std::pair{Deleting, Available},  // delete refused by the volume server, nothing was removed
      std::pair{Deleting, Error},      // the same, of a volume that was in error
  };
  return contains(kTable, from, to);
}

bool isLegal(SnapshotStatus from, SnapshotStatus to) {
  using enum SnapshotStatus;
  static constexpr std::array kTable{
      std::pair{Pending, Completed},
      std::pair{Pending, Error},
      std::pair{Completed, Error},  // it broke: for instance, its copy-on-write area is full
      std::pair{Completed, Deleting},
      std::pair{Error, Deleting},
      std::pair{Deleting, Completed},  // delete refused by the volume server,
                                       // nothing was removed
      std::pair{Deleting, Error},
  };
  return contains(kTable, from, to);
}

bool isLegal(AttachmentStatus from, AttachmentStatus to) {
  using enum AttachmentStatus;
  static constexpr std::array kTable{
      std::pair{Attaching, Attached}, std::pair{Attached, Detaching},
      std::pair{Detaching, Attached},  // detach rolled back
  };
  return contains(kTable, from, to);
}

}  // namespace vbs
