#pragma once

#include <string_view>

#include "common/api/vbs_admin.h"

namespace vbs::cli {

/// As vbs-admin.wsdl calls it.
inline std::string_view stateOf(const OpenOperation& operation) {
  return operation.isRollingBack ? "rolling-back" : "running";
}

}  // namespace vbs::cli
