#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/daemon/logging.h"
#include "common/daemon/serve.h"
#include "common/daemon/termination.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/soap/vbs_admin_endpoint.h"
#include "common/soap/vbs_service_endpoint.h"
#include "common/soap/vmm_delegate_client.h"
#include "common/soap/volume_delegate_client.h"
#include "common/soap/volume_status_endpoint.h"
#include "vbs_service/coordinator.h"
#include "vbs_service/daemon_settings.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/vmm_delegates.h"

namespace vbs::service {
namespace {

std::vector<VmmDelegateRule> rulesOf(const std::vector<std::string>& settings) {
  std::vector<VmmDelegateRule> rules;
  std::transform(settings.begin(), settings.end(), std::back_inserter(rules), parseVmmDelegateRule);
  return rules;
}

/// Callers wait for their workflow in a request's worker: there must be some left that describe.
void checkWorkersSuffice(const DaemonSettings& settings) {
  const std::size_t waiting = settings.workflows + settings.workflowQueue;
  if (settings.common.maxRequests > waiting) return;
  throw Error(ErrorCode::InvalidParameter,
              "max-requests is " + std::to_string(settings.common.maxRequests) +
                  ", but must be greater than workflows and workflow-queue together (" +
                  std::to_string(waiting) +
                  "): otherwise waiting operations keep describes from being answered");
}

/// The other daemons answer SOAP too, so a URL that leads to the wrong one would be found out by a client's
/// request only.
void checkLeadsTo(std::string_view path, const std::string& url, std::string_view setting) {
  if (url.ends_with(path)) return;
  throw Error(ErrorCode::InvalidParameter,
              std::string(setting) + ": \"" + printable(url) +
                  "\" is not the URL of such a delegate: expected http://HOST:PORT" + std::string(path));
}

void checkUrls(const DaemonSettings& settings, const std::vector<VmmDelegateRule>& rules) {
  checkLeadsTo("/volume-delegate", settings.volumeDelegate, "volume-delegate");
  for (const VmmDelegateRule& rule : rules) checkLeadsTo("/vmm-delegate", rule.url, "vmm-delegate");
}

int run(int argc, char** argv) {
  const DaemonSettings settings = parseSettings(argc, argv);
  daemon::Termination termination;
  daemon::startLogging(settings.common.logLevel);
  checkWorkersSuffice(settings);
  const std::vector<VmmDelegateRule> rules = rulesOf(settings.vmmDelegates);
  checkUrls(settings, rules);

  metadata::MetadataStore metadata(settings.database);
  const soap::HttpClient::Timeouts timeouts{.call = settings.callTimeout};
  soap::VolumeDelegateClient volumeDelegate(settings.volumeDelegate, timeouts);
  VmmDelegates vmmDelegates(rules, [&timeouts](const std::string& url) {
    return std::make_shared<soap::VmmDelegateClient>(url, timeouts);
  });
  Coordinator coordinator(metadata, volumeDelegate, vmmDelegates,
                          {.targetPrefix = settings.targetPrefix,
                           .volumeDelegateUrl = settings.volumeDelegate,
                           .workflows = settings.workflows,
                           .queuedWorkflows = settings.workflowQueue,
                           .copyPollInterval = settings.copyPoll,
                           .firstRetryDelay = settings.retryDelay,
                           .maxRetryDelay = settings.maxRetryDelay,
                           .ownerPatience = settings.callTimeout + std::chrono::seconds(5),
                           .reconcileInterval = settings.reconcileInterval,
                           .backupDirectory = settings.backupDirectory,
                           .capacity = {.interval = settings.capacityInterval,
                                        .warningPercent = static_cast<int>(settings.capacityWarning)},
                           .overcommit = capacity::Overcommit(settings.overcommit)});
  soap::VbsServiceEndpoint vbsService(coordinator);
  soap::VbsAdminEndpoint vbsAdmin(coordinator.administration());
  soap::VolumeStatusEndpoint volumeStatus(coordinator);

  daemon::serveUntilTermination({.program = "vbs-service",
                                 .endpoints = {&vbsService, &vbsAdmin, &volumeStatus},
                                 .healthy = [&] { return coordinator.healthy(); },
                                 .finish = [&](auto grace) { coordinator.stop(grace); }},
                                settings.common, termination);
  return 0;
}

}  // namespace
}  // namespace vbs::service

int main(int argc, char** argv) {
  return vbs::daemon::runMain("vbs-service", [&] { return vbs::service::run(argc, argv); });
}
