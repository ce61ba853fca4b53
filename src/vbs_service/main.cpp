#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/daemon/logging.h"
#include "common/daemon/reload.h"
#include "common/daemon/serve.h"
#include "common/daemon/termination.h"
#include "common/http/http_channel.h"
#include "common/model/error.h"
#include "common/model/uuid.h"
#include "common/soap/observed_channel.h"
#include "common/soap/vbs_admin/endpoint.h"
#include "common/soap/vbs_service/endpoint.h"
#include "common/soap/vmm_delegate/client.h"
#include "common/soap/volume_delegate/client.h"
#include "common/soap/volume_status/endpoint.h"
#include "vbs_service/coordinator.h"
#include "vbs_service/daemon_settings.h"
#include "vbs_service/database_file.h"
#include "vbs_service/hosts/last_seen.h"
#include "vbs_service/hosts/unregistered_hosts.h"
#include "vbs_service/hosts/vmm_delegates.h"
#include "vbs_service/hosts/volume_servers.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/readiness.h"
#include "vbs_service/workflows/resume.h"

namespace vbs::service {
namespace {

/// Callers wait for their workflow in a worker that handles requests. Some workers must be left for
/// describes.
void checkWorkersSuffice(const DaemonSettings& settings) {
  const std::size_t waiting = settings.workflows + settings.workflowQueue;
  if (settings.common.maxRequests > waiting) return;
  throw Error(ErrorCode::InvalidParameter,
              "max-requests is " + std::to_string(settings.common.maxRequests) +
                  ", but must be greater than workflows and workflow-queue together (" +
                  std::to_string(waiting) +
                  "): otherwise waiting operations keep describes from being answered");
}

std::vector<metadata::AttachmentRecord> attachmentsIn(metadata::MetadataStore& metadata) {
  return metadata.read([](const metadata::MetadataReader& tx) { return tx.attachments(); });
}

/// Throws, and changes nothing, when what it reads is refused.
void readAgain(const DaemonSettings& read, DaemonSettings& inForce, VmmDelegates& vmmDelegates,
               metadata::MetadataStore& metadata) {
  const auto attachments = attachmentsIn(metadata);
  vmmDelegates.replace(read.vmmDelegates);
  daemon::takeOver(inForce.common, read.common, {"vmm-delegate"});
  warnOfUnregisteredHosts(attachments, vmmDelegates);
}

constexpr http::Client::Timeouts kProbeTimeouts{.connect = std::chrono::seconds(2),
                                                .call = std::chrono::seconds(5)};

ReadinessSource coordinatorReadiness(Coordinator& coordinator) {
  return [&coordinator]() -> std::vector<Complaint> {
    if (coordinator.healthy()) return {};
    return {{"metadata", "they cannot be read, or the service stops; the log says why", true}};
  };
}

CoordinatorSettings coordinatorSettings(const DaemonSettings& settings, const Commander& service) {
  return {.targetPrefix = settings.targetPrefix,
          .service = service,
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
          .overcommit = capacity::Overcommit(settings.overcommit)};
}

int run(int argc, char** argv) {
  DaemonSettings settings = parseSettings(argc, argv);
  daemon::Termination termination;
  daemon::startLogging(settings.common.logLevel);
  checkWorkersSuffice(settings);

  const bool isNew = isNewDatabase(settings.database, settings.createDatabase);
  metadata::MetadataStore metadata(settings.database, workflows::operationKinds());
  if (isNew) spdlog::warn("a new, empty database was made at {}", settings.database);
  const http::Client::Timeouts timeouts{.call = settings.callTimeout};
  const Commander service{.instance = ServiceInstanceId(randomUuid()),
                          .name = "vbs-service at " + toString(settings.common.listen)};
  LastSeen seen;
  const auto channel = [&seen](const std::string& url, const std::string& part, const std::string& name,
                               const http::Client::Timeouts& limits) {
    return soap::observedChannel(http::internalChannel(url, limits, name),
                                 [&seen, part](const auto& unanswered) { seen.record(part, unanswered); });
  };
  soap::VolumeDelegateClient volumeDelegate(
      channel(settings.volumeDelegate, kVolumeDelegate, "the Volume Delegate", timeouts));
  VmmDelegates vmmDelegates(settings.vmmDelegates, [&](const std::string& url) {
    return std::make_shared<soap::VmmDelegateClient>(channel(url, url, "the VMM Delegate", timeouts));
  });
  soap::VolumeDelegateClient probe(
      channel(settings.volumeDelegate, kVolumeDelegate, "the Volume Delegate", kProbeTimeouts));
  warnOfUnregisteredHosts(attachmentsIn(metadata), vmmDelegates);
  const VolumeServers volumeServers({{defaultVolumeServer(), volumeDelegate}});
  Coordinator coordinator(metadata, volumeServers, vmmDelegates, coordinatorSettings(settings, service));
  soap::VbsServiceEndpoint vbsService(coordinator);
  soap::VbsAdminEndpoint vbsAdmin(coordinator.administration());
  soap::VolumeStatusEndpoint volumeStatus(coordinator);

  daemon::serveUntilTermination(
      {.program = "vbs-service",
       .resources = {&vbsService, &vbsAdmin, &volumeStatus},
       .readiness = {coordinatorReadiness(coordinator), metadataReadiness(metadata),
                     delegateReadiness(seen,
                                       [&] { probe.describeDelegate(RequestId(randomUuid()), service); })},
       .endBy = {},
       .finish = [&](auto grace) { coordinator.stop(grace); },
       .reload =
           [&] {
             readAgain(parseSettings(argc, argv, daemon::OnUsageError::Throw), settings, vmmDelegates,
                       metadata);
           }},
      settings.common, termination);
  return 0;
}

}  // namespace
}  // namespace vbs::service

int main(int argc, char** argv) {
  return vbs::daemon::runMain("vbs-service", [&] { return vbs::service::run(argc, argv); });
}
