#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/model/error.h"
#include "vbs_service/engine/bookkeeping.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/step.h"
#include "vbs_service/metadata/metadata_writer.h"
#include "vbs_service/metadata/operation_kind.h"

namespace vbs::engine {

/// One operation of several steps on one volume or snapshot: what Fig. 6 of the paper draws. It exists from
/// the moment its resource is reserved (each workflow has a static `reserve` that checks, moves the resource
/// to its transitional state and makes the workflow), and WorkflowEngine brings it to one of its two ends:
/// finish or abandon. Rebuilt from the journal after a restart. Not thread-safe. Workflows derive from
/// WorkflowOf (workflow_of.h).
class Workflow {
public:
  virtual ~Workflow() = default;
  Workflow(const Workflow&) = delete;
  Workflow& operator=(const Workflow&) = delete;

  virtual const metadata::OperationKind& kind() const = 0;
  /// The id of the volume or snapshot that the workflow is about, and owns meanwhile if its kind is
  /// exclusive.
  virtual std::string resource() const = 0;
  /// The volume server that has the resource. Told before a step is done.
  void locate(VolumeServerName server) { volumeServer_ = std::move(server); }
  /// It was journalled under that id, in the transaction that did so.
  virtual void journalled(metadata::MetadataWriter& /*tx*/, const OperationId& /*id*/) const {}
  /// In order; never empty. They refer to the workflow.
  virtual std::vector<BoundStep> boundSteps() = 0;
  /// For the journal: the parameters as the steps have left them, with the bookkeeping.
  virtual std::string journalText() const = 0;

  /// All steps are done: the final state. In the transaction that closes the journal row.
  virtual void finish(metadata::MetadataWriter& tx) = 0;
  /// Everything is undone: the state before. `cause`: why; absent when a restart cut the operation off. Never
  /// called for a workflow whose steps are asked again until they are done, which has no way back. Does
  /// nothing for a kind whose resource may be gone.
  virtual void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause);
  /// What the roll-back could not bring back, and reconciling will: for messages, after abandon().
  virtual std::optional<std::string> shortfall() const { return std::nullopt; }
  /// Begun by the service itself, which tells of it in its own way: logged at level debug only.
  virtual bool isRoutine() const { return false; }
  /// An operation that is to be carried out from now on, opened in the transaction of finish().
  virtual std::shared_ptr<Workflow> followUp() { return nullptr; }

  /// Neither end could be reached yet: the resource is told what it waits for, unless it may be gone.
  void setReason(metadata::MetadataWriter& tx, const std::string& reason) const;

  const Bookkeeping& bookkeeping() const noexcept { return bookkeeping_; }
  /// Goes on with what the journal has of it. A roll-back journals no parameters before it has ended or
  /// failed: when `state` is rolling-back, an undo that was cut off may have made them out of date.
  virtual void resume(Bookkeeping bookkeeping, metadata::OperationState /*state*/) {
    bookkeeping_ = std::move(bookkeeping);
  }
  void markPartlyDone() noexcept { bookkeeping_.isPartlyDone = true; }

protected:
  // For the tables of steps.
  using At = engine::At;
  using Insistence = engine::Insistence;
  static constexpr std::nullptr_t kNoWayBack = engine::kNoWayBack;

  /// `delegates` must outlive it.
  explicit Workflow(const Delegates& delegates) : delegates_(delegates) {}

  /// The Volume Delegate of the server that has the resource.
  VolumeDelegate& volumes() const { return delegates_.volumeServers.at(volumeServer_.value()); }
  /// The undo of a step that leaves nothing.
  void nothing(const OperationContext& /*context*/) {}

  const Delegates& delegates_;

private:
  std::optional<VolumeServerName> volumeServer_;
  Bookkeeping bookkeeping_{.isPartlyDone = false};
};

}  // namespace vbs::engine
