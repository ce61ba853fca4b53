#include "vbs_service/coordinator.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/model/comment.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/model/uuid.h"
#include "vbs_service/administration.h"
#include "vbs_service/attach_counts.h"
#include "vbs_service/client_tokens.h"
#include "vbs_service/engine/copy_watcher.h"
#include "vbs_service/engine/executor.h"
#include "vbs_service/engine/ownership.h"
#include "vbs_service/engine/refusals.h"
#include "vbs_service/engine/retrier.h"
#include "vbs_service/engine/workflow_engine.h"
#include "vbs_service/reconcile/comparison.h"
#include "vbs_service/token_gate.h"
#include "vbs_service/workflows/attach_volume.h"
#include "vbs_service/workflows/create_snapshot.h"
#include "vbs_service/workflows/create_volume.h"
#include "vbs_service/workflows/delete_snapshot.h"
#include "vbs_service/workflows/delete_volume.h"
#include "vbs_service/workflows/detach_volume.h"
#include "vbs_service/workflows/force_detach.h"
#include "vbs_service/workflows/restart_copy.h"
#include "vbs_service/workflows/resume.h"

namespace vbs {

using metadata::MetadataReader;
using metadata::MetadataStore;
using metadata::MetadataWriter;
using namespace engine;
using namespace workflows;

namespace {

CoordinatorSettings checked(CoordinatorSettings settings) {
  if (!TargetName::isValid(settings.targetPrefix + ":vol-00000000")) {
    throw Error(ErrorCode::InvalidParameter, "\"" + printable(settings.targetPrefix) +
                                                 "\" is no prefix of target names: expected an IQN such as "
                                                 "iqn.2009-09.org.example");
  }
  if (settings.workflows < 1 || settings.retries < 1) {
    throw Error(ErrorCode::InvalidParameter, "workflows and retries need at least one thread each");
  }
  return settings;
}

}  // namespace

class Coordinator::Impl : public OperationListener {
public:
  Impl(MetadataStore& metadataStore, const VolumeServers& volumeServers, VmmDelegates& vmmDelegates,
       const CoordinatorSettings& coordinatorSettings, system::Scheduler& scheduler)
      : settings(checked(coordinatorSettings)),
        store(metadataStore),
        cutOff(store.read([](const MetadataReader& tx) { return tx.openOperations(); })),
        hosts(store, vmmDelegates, settings.service),
        delegates{
            .volumeServers = volumeServers, .hosts = hosts, .lastSurvey = lastSurvey, .clock = scheduler},
        volumeTokens(scheduler),
        snapshotTokens(scheduler),
        engine(
            store, scheduler,
            [this](const metadata::Operation& operation, const MetadataReader& tx) {
              return resume(delegates, operation, tx);
            },
            *this),
        retrier(scheduler,
                {.threads = settings.retries,
                 .firstDelay = settings.firstRetryDelay,
                 .maxDelay = settings.maxRetryDelay},
                [this](const OperationId& id) { engine.settle(id); }),
        ownership(scheduler, store, retrier, operationKinds(), settings.ownerPatience),
        watcher(scheduler, store, volumeServers, settings.copyPollInterval,
                [this](const RequestId& requestId, const VolumeId& id) { restartCopy(requestId, id); }),
        executor(scheduler, settings.workflows, settings.queuedWorkflows),
        capacity(scheduler, volumeServers.at(defaultVolumeServer()), Delegates::kVolumesName,
                 settings.capacity),
        administration(scheduler, store, delegates, engine, capacity,
                       {.backupDirectory = settings.backupDirectory,
                        .reconcileInterval = settings.reconcileInterval,
                        .overcommit = settings.overcommit,
                        .reconciler = {.survey = {.patience = settings.surveyPatience}}}) {
    forgetOldClientTokens(store);
    if (store.read([](const MetadataReader& tx) { return tx.isRestored(); })) {
      spdlog::warn("{}: {}", store.file().string(), reconcile::kRestored);
    }
    for (const metadata::Operation& operation : cutOff) {
      spdlog::warn("{} of {} was cut off at {}; it is brought to its end request={} operation={}",
                   operation.kind, operation.resource.id, operation.step, operation.requestId.str(),
                   operation.id.str());
      retrier.add(operation.id, Retrier::When::Now);
    }
  }

  ~Impl() override {
    stop(std::chrono::milliseconds(0));
    // It tells the watcher what it settled, and the others tell it what they left. So its threads end first,
    // and it is destroyed last.
    retrier.join();
  }

  bool stop(std::chrono::milliseconds grace) {
    stopping = true;
    administration.stop();
    capacity.stop();
    ownership.stop();
    const bool quiet = executor.stop(grace, [this] { engine.halt(); });
    engine.halt();
    retrier.stop();
    watcher.stop();
    return quiet;
  }

  void left(const OperationId& id) override {
    retrier.add(id, Retrier::When::Later);
    ownership.changed();
  }
  void ended(const Workflow& workflow) override {
    ownership.changed();
    if (workflow.kind().name == CreateVolume::kKind.name) watcher.wake();  // a copy may have begun
  }

  /// Begins a workflow on the caller's thread, so a caller that loses a race is told at once. Carries it out
  /// on the executor's thread, and waits for its end.
  template <class Body>
  auto run(Executor::Place place, const RequestContext& context, Body reserve) {
    using Made = std::invoke_result_t<Body, MetadataWriter&>;
    Made made;
    const BegunWorkflow begun =
        engine.begin(context.requestId,
                     [&](MetadataWriter& tx) -> std::shared_ptr<Workflow> { return made = reserve(tx); });
    executor.run(std::move(place), [this, begun] { engine.carryOut(begun); });
    return made;
  }

  void restartCopy(const RequestId& requestId, const VolumeId& id) {
    engine.carryOut(
        engine.begin(requestId, [&](MetadataWriter& tx) { return RestartCopy::reserve(tx, delegates, id); }));
  }

  Volume withProgress(Volume volume) const {
    if (volume.status == VolumeStatus::Pending && volume.snapshotId) {
      volume.progressPercent = watcher.progressOf(volume.volumeId);
    }
    return volume;
  }
  static Snapshot withProgress(Snapshot snapshot) { return snapshot; }

  /// What both creates have in common: a client token answers what it made. `prepare` gives what reserves the
  /// workflow of the kind.
  template <class Kind, class Request, class Prepare>
  auto create(const RequestContext& context, const Request& request, TokenGate& tokens, Prepare prepare) {
    requireComment(request.comment);
    requireClientToken(request.clientToken);
    Executor::Place place = executor.admit();
    const auto pass = tokens.enter(request.clientToken);
    auto former = store.read([&](const MetadataReader& tx) { return formerResult(tx, request); });
    if (former) return withProgress(*std::move(former));
    const auto reserve = prepare();
    return run(std::move(place), context,
               [&](MetadataWriter& tx) {
                 std::shared_ptr<Kind> workflow = reserve(tx);
                 if (request.clientToken) {
                   tx.insertClientToken(Kind::kKind.name, *request.clientToken,
                                        {canonicalParameters(request), workflow->resource()});
                 }
                 return workflow;
               })
        ->result();
  }

  bool usesTargets(const RequestId& requestId, const VolumeId& volumeId) const {
    const VolumeServerName server =
        store.read([&](const MetadataReader& tx) { return tx.volumeServerOf(volumeId.str()); });
    try {
      return delegates.volumeServers.at(server)
          .describeDelegate(requestId, delegates.hosts.service())
          .usesTargets;
    } catch (const Error& error) {
      throw error
          .withMessage("describeDelegate at " + std::string(Delegates::kVolumesName) +
                       " failed: " + error.what() + "; nothing was changed")
          .withEffect(Effect::None);
    }
  }

  /// What volumes may have together, as the volume server was seen last; nothing where that is not known.
  std::optional<capacity::PromiseLimit> promiseLimit(const RequestId& requestId) {
    if (!settings.overcommit.isLimited()) return std::nullopt;
    const auto seen = capacity.current(requestId).seen;
    if (!seen) return std::nullopt;
    return capacity::PromiseLimit{.limitGiB = settings.overcommit.limitGiB(seen->totalBytes).value(),
                                  .totalBytes = seen->totalBytes,
                                  .overcommit = settings.overcommit.str()};
  }

  /// A host that was never met is asked who it is before anything is done for it.
  void identify(const RequestId& requestId, const VmmHostname& host) {
    try {
      delegates.hosts.identify(requestId, host);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::UnknownVmmHost || error.code() == ErrorCode::IncorrectState) throw;
      throw error
          .withMessage("describeDelegate at " + delegates.nameOf(host) + " failed: " + error.what() +
                       "; nothing was changed")
          .withEffect(Effect::None);
    }
  }

  Attachment forceDetach(const RequestContext& context, const VolumeId& id) {
    const metadata::AttachmentRecord asked =
        store.read([&](const MetadataReader& tx) { return ForceDetach::check(tx, id); });
    Executor::Place place = executor.admit();
    const std::optional<OperationId> stuck = ownership.takeOver(id);
    try {
      return run(std::move(place), context,
                 [&](MetadataWriter& tx) { return ForceDetach::reserve(tx, delegates, asked, stuck); })
          ->result();
    } catch (...) {
      // Settling an operation that the forced detach has replaced does nothing.
      if (stuck) retrier.add(*stuck, Retrier::When::Now);
      throw;
    }
  }

  const CoordinatorSettings settings;
  MetadataStore& store;
  /// Read before any part begins operations of its own.
  const std::vector<metadata::Operation> cutOff;
  VmHosts hosts;
  LastSurvey lastSurvey;
  const Delegates delegates;
  TokenGate volumeTokens;
  TokenGate snapshotTokens;
  std::atomic<bool> stopping{false};
  WorkflowEngine engine;
  Retrier retrier;
  Ownership ownership;
  AttachCounts attachCounts;
  CopyWatcher watcher;
  Executor executor;
  capacity::CapacityWatch capacity;
  Administration administration;
};

Coordinator::Coordinator(MetadataStore& store, const VolumeServers& volumeServers, VmmDelegates& hosts,
                         const CoordinatorSettings& settings, system::Scheduler& scheduler)
    : impl_(std::make_unique<Impl>(store, volumeServers, hosts, settings, scheduler)) {}

Coordinator::~Coordinator() = default;

Volume Coordinator::createVolume(const RequestContext& context, const CreateVolumeRequest& request) {
  return impl_->create<CreateVolume>(context, request, impl_->volumeTokens, [&] {
    return [&, limit = impl_->promiseLimit(context.requestId)](MetadataWriter& tx) {
      return CreateVolume::reserve(tx, impl_->delegates, request, limit);
    };
  });
}

void Coordinator::deleteVolume(const RequestContext& context, const VolumeId& volumeId) {
  impl_->store.read([&](const MetadataReader& tx) { DeleteVolume::check(tx, volumeId); });
  Executor::Place place = impl_->executor.admit();
  impl_->ownership.awaitUsersTurn(volumeId);
  impl_->run(std::move(place), context,
             [&](MetadataWriter& tx) { return DeleteVolume::reserve(tx, impl_->delegates, volumeId); });
}

Page<Volume> Coordinator::describeVolumes(const RequestContext& /*context*/,
                                          const DescribeRequest<VolumeId>& request) {
  Page<Volume> page =
      impl_->store.read([&](const MetadataReader& tx) { return tx.describeVolumes(request); });
  for (Volume& volume : page.records) volume = impl_->withProgress(std::move(volume));
  return page;
}

Snapshot Coordinator::createSnapshot(const RequestContext& context, const CreateSnapshotRequest& request) {
  return impl_->create<CreateSnapshot>(context, request, impl_->snapshotTokens, [&] {
    return [&](MetadataWriter& tx) { return CreateSnapshot::reserve(tx, impl_->delegates, request); };
  });
}

void Coordinator::deleteSnapshot(const RequestContext& context, const SnapshotId& snapshotId) {
  impl_->store.read([&](const MetadataReader& tx) { DeleteSnapshot::check(tx, snapshotId); });
  impl_->run(impl_->executor.admit(), context,
             [&](MetadataWriter& tx) { return DeleteSnapshot::reserve(tx, impl_->delegates, snapshotId); });
}

Page<Snapshot> Coordinator::describeSnapshots(const RequestContext& /*context*/,
                                              const DescribeRequest<SnapshotId>& request) {
  return impl_->store.read([&](const MetadataReader& tx) { return tx.describeSnapshots(request); });
}

Attachment Coordinator::attachVolume(const RequestContext& context, const AttachVolumeRequest& request) {
  impl_->delegates.hosts.urlOf(request.vmmHostname);  // throws for a host that is not registered
  const auto attaches = impl_->attachCounts.of(request.volumeId);
  impl_->store.read([&](const MetadataReader& tx) { AttachVolume::check(tx, request); });
  Executor::Place place = impl_->executor.admit();
  impl_->identify(context.requestId, request.vmmHostname);
  std::optional<std::string> targetPrefix;
  if (impl_->usesTargets(context.requestId, request.volumeId)) targetPrefix = impl_->settings.targetPrefix;
  impl_->ownership.awaitUsersTurn(request.volumeId);
  return impl_
      ->run(std::move(place), context,
            [&](MetadataWriter& tx) {
              if (impl_->attachCounts.of(request.volumeId) != attaches) refuseOvertaken(request.volumeId);
              auto workflow = AttachVolume::reserve(tx, impl_->delegates, request, targetPrefix);
              impl_->attachCounts.add(request.volumeId);
              return workflow;
            })
      ->result();
}

Attachment Coordinator::detachVolume(const RequestContext& context, const DetachVolumeRequest& request) {
  if (request.force) return impl_->forceDetach(context, request.volumeId);
  const metadata::AttachmentRecord asked =
      impl_->store.read([&](const MetadataReader& tx) { return DetachVolume::check(tx, request.volumeId); });
  // Throws for a host that is not registered any more, before anything is begun that only it could end.
  impl_->delegates.hosts.urlOf(asked.attachment.vmmHostname);
  Executor::Place place = impl_->executor.admit();
  impl_->ownership.awaitUsersTurn(request.volumeId);
  return impl_
      ->run(std::move(place), context,
            [&](MetadataWriter& tx) { return DetachVolume::reserve(tx, impl_->delegates, asked); })
      ->result();
}

void Coordinator::volumeStatusChanged(const RequestId& requestId, const VolumeId& volumeId,
                                      VolumeStatus status, const std::optional<std::string>& reason) {
  spdlog::info("told that {} is {}{} request={}", volumeId.str(), toString(status),
               reason ? " (" + printable(*reason) + ")" : "", requestId.str());
  impl_->watcher.wake();
}

VbsAdmin& Coordinator::administration() {
  return impl_->administration;
}

bool Coordinator::healthy() {
  if (impl_->stopping) return false;
  try {
    impl_->store.read([](const MetadataReader& tx) { return tx.findVolume(VolumeId("vol-00000000")); });
    return true;
  } catch (const Error& error) {
    spdlog::error("not healthy: {}", error.what());
    return false;
  }
}

bool Coordinator::stop(std::chrono::milliseconds grace) {
  return impl_->stop(grace);
}

}  // namespace vbs
