#include "vbs_service/hosts/unregistered_hosts.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

#include "common/model/error.h"

namespace vbs::service {
namespace {

bool isRegistered(const VmmHostname& host, const VmmDelegates& delegates) {
  try {
    (void)delegates.urlOf(host);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string listed(const std::vector<VolumeId>& volumes) {
  constexpr std::size_t kMostShown = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(volumes.size(), kMostShown); ++i) {
    text += (i == 0 ? "" : ", ") + volumes[i].str();
  }
  if (volumes.size() > kMostShown) text += " and " + std::to_string(volumes.size() - kMostShown) + " more";
  return text;
}

}  // namespace

std::map<VmmHostname, std::vector<VolumeId>> unregisteredHosts(
    const std::vector<metadata::AttachmentRecord>& attachments, const VmmDelegates& delegates) {
  std::map<VmmHostname, std::vector<VolumeId>> volumes;
  for (const metadata::AttachmentRecord& record : attachments) {
    volumes[record.attachment.vmmHostname].push_back(record.attachment.volumeId);
  }
  std::erase_if(volumes, [&](const auto& entry) { return isRegistered(entry.first, delegates); });
  for (auto& [host, ofHost] : volumes) std::sort(ofHost.begin(), ofHost.end());
  return volumes;
}

void warnOfUnregisteredHosts(const std::vector<metadata::AttachmentRecord>& attachments,
                             const VmmDelegates& delegates) {
  for (const auto& [host, volumes] : unregisteredHosts(attachments, delegates)) {
    spdlog::warn(
        "VM host {} is not registered (vmm-delegate), but has volumes: {}. They stay attached there; they "
        "can be "
        "detached when it is registered again, or with --force when it is lost for good",
        host.str(), listed(volumes));
  }
}

}  // namespace vbs::service
