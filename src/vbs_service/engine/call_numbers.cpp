#include "vbs_service/engine/call_numbers.h"

#include "common/model/error.h"
#include "vbs_service/metadata/metadata_writer.h"

namespace vbs::engine {
namespace {

constexpr std::int64_t kBlock = 1 << 20;

}  // namespace

std::int64_t CallNumbers::next() {
  {
    const std::lock_guard lock(mutex_);
    if (next_ < end_ && clock_.now() < usedUntil_) return next_++;
  }
  std::int64_t first = 0;
  try {
    first = store_.write([](metadata::MetadataWriter& tx) { return tx.takeCallNumbers(kBlock); });
  } catch (const Error&) {
    // What goes on while the disk is full goes on with the numbers that are left.
    const std::lock_guard lock(mutex_);
    if (next_ < end_) return next_++;
    throw;
  }
  const std::lock_guard lock(mutex_);
  // Of two blocks that were taken at the same time, the later one may be in use already.
  if (first >= end_) {
    next_ = first;
    end_ = first + kBlock;
    usedUntil_ = clock_.now() + kUsedFor;
  }
  return next_++;
}

}  // namespace vbs::engine
