#pragma once

#include <string>
#include <string_view>

#include "common/model/ids.h"
#include "common/model/target.h"

namespace vbs::qmp {

/// A logical unit of an iSCSI target as libiscsi and QEMU write it: iscsi://HOST:PORT/IQN/LUN.
struct IscsiUrl {
  Portal portal;
  TargetName targetName;
  Lun lun;

  bool operator==(const IscsiUrl&) const = default;
};

/// Throws Error{InvalidParameter}.
IscsiUrl parseIscsiUrl(std::string_view text);
std::string toString(const IscsiUrl& url);

}  // namespace vbs::qmp
