#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vbs {

/// Something that a program cannot do as it should now.
struct Complaint {
  std::string part;       ///< what is concerned: "metadata", "VMM Delegate host1"
  std::string reason;     ///< may have what others wrote
  bool stopsAll = false;  ///< without it, nothing that clients ask for can be done
};

/// What a program complains about now. May block, unless said otherwise.
using ReadinessSource = std::function<std::vector<Complaint>()>;

}  // namespace vbs
