#include "common/process/descriptor_limit.h"

#include <optional>

namespace vbs {
namespace {

std::optional<rlimit>& inherited() noexcept {
  static std::optional<rlimit> limit;
  return limit;
}

rlimit present() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

}  // namespace

void raiseDescriptorLimit() noexcept {
  const rlimit before = present();
  if (!inherited()) inherited() = before;
  const rlimit raised{before.rlim_max, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &raised);
}

rlimit inheritedDescriptorLimit() noexcept {
  return inherited().value_or(present());
}

rlim_t descriptorLimit() noexcept {
  return present().rlim_cur;
}

}  // namespace vbs
