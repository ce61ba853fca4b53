#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/api/context.h"
#include "common/model/error.h"
#include "vbs_service/engine/context.h"
#include "vbs_service/metadata/metadata_writer.h"

namespace vbs::engine {

/// When a step that nothing can take back is not asked again.
enum class Insistence {
  UntilRefused,   ///< after a clear refusal: the delegate has changed nothing (Effect::None)
  UntilAnswered,  ///< after any answer: what a failure leaves half done does no harm
  UntilDone,
};

/// One call of a delegate, and the call that takes it back. Both are idempotent.
struct Step {
  std::string_view name;  ///< stable: the journal knows the step by it
  std::string delegate;   ///< who is asked, for messages
  std::function<void(const OperationContext&)> act;
  /// Absent where nothing can or need bring back what `act` does (a deletion). Such a step is a point of no
  /// return: when it fails it is asked again until its outcome is certain, across restarts.
  std::function<void(const OperationContext&)> undo = nullptr;
  /// Without undo: what makes the outcome certain.
  Insistence insistence = Insistence::UntilRefused;
};

/// One operation of several steps on one volume or snapshot: what Fig. 6 of the paper draws. It exists from
/// the moment its resource is reserved (each workflow has a static `reserve` that checks, moves the resource
/// to its transitional state and makes the workflow), and WorkflowEngine brings it to one of its two ends:
/// commit or abandon. Rebuilt from the journal after a restart. Not thread-safe.
class Workflow {
public:
  /// Begun by the service itself, and soon to end: a user's operation on the same volume waits for it.
  static constexpr bool kIsBrief = false;

  explicit Workflow(Context context) : context_(std::move(context)) {}
  virtual ~Workflow() = default;
  Workflow(const Workflow&) = delete;
  Workflow& operator=(const Workflow&) = delete;

  /// Stable: the journal knows the workflow by it.
  virtual std::string_view kind() const = 0;
  /// The volume server that has the resource. Told before a step is done.
  void locate(VolumeServerName server) { volumeServer_ = std::move(server); }
  /// The id of the volume or snapshot that the workflow owns meanwhile.
  virtual std::string resource() const { return context_.volumeId.str(); }
  /// Whether it owns the resource: no other operation on it goes on beside it.
  virtual bool isExclusive() const { return true; }
  /// It was journalled under that id, in the transaction that did so.
  virtual void journalled(metadata::MetadataWriter& /*tx*/, const OperationId& /*id*/) const {}
  /// In order; never empty. They refer to the workflow.
  virtual std::vector<Step> steps() = 0;

  /// All steps are done: the final state. In the transaction that closes the journal row.
  virtual void commit(metadata::MetadataWriter& tx) = 0;
  /// Everything is undone: the state before. `cause`: why; absent when a restart cut the operation off.
  /// Never called for a workflow of insistent steps, which has no way back.
  virtual void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause);
  /// What the roll-back could not bring back, and reconciling will: for messages, after abandon().
  virtual std::optional<std::string> shortfall() const { return std::nullopt; }
  /// Neither end could be reached yet: what the transitional state waits for.
  virtual void setReason(metadata::MetadataWriter& tx, const std::string& reason);
  /// Begun by the service itself, which tells of it in its own way: logged at level debug only.
  virtual bool isRoutine() const { return false; }
  /// An operation that commit() opened and that is to be carried out from now on.
  virtual std::optional<OperationId> followUp() const { return std::nullopt; }

  void markPartlyDone() noexcept { context_.isPartlyDone = true; }

  const Context& context() const noexcept { return context_; }

protected:
  const VolumeServerName& volumeServer() const { return volumeServer_.value(); }

  Context context_;

private:
  std::optional<VolumeServerName> volumeServer_;
};

}  // namespace vbs::engine
