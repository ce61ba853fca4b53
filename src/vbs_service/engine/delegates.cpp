#include "vbs_service/engine/delegates.h"

#include "common/model/error.h"

namespace vbs::engine {

std::string Delegates::nameOf(const VmmHostname& host) const {
  const std::string name = "the VMM Delegate of " + host.str();
  try {
    hosts.urlOf(host);
    return name;
  } catch (const Error&) {
    return name + " (not registered)";
  }
}

}  // namespace vbs::engine
