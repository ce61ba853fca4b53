#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vbs_service/engine/call_numbers.h"
#include "vbs_service/engine/workflow.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/metadata/operation.h"

namespace vbs::engine {

/// Makes, in one transaction, what must hold before the first step: checks, the transitional state, and the
/// workflow. What it throws changes nothing.
using Reserve = std::function<std::shared_ptr<Workflow>(metadata::MetadataWriter& tx)>;

/// A workflow that has been reserved and journalled.
struct BegunWorkflow {
  OperationId id;
  RequestId requestId;
  std::shared_ptr<Workflow> workflow;
};

/// What the engine tells of operations.
class OperationListener {
public:
  virtual ~OperationListener() = default;
  /// The operation has reached no end yet and must be settled later.
  virtual void left(const OperationId& id) = 0;
  /// The workflow was committed or abandoned.
  virtual void ended(const Workflow& workflow) = 0;
};

/// Carries workflows out step by step, each step journalled before it runs, and rolls them back in reverse
/// when one fails; an undo is owed for every step that may have begun, the failed one included. Undo stops at
/// the first that fails, because the host side must be undone before the storage side; the rest is owed
/// until settle() succeeds. Thread-safe, but an operation is in the hands of one thread at a time.
class WorkflowEngine {
public:
  /// Rebuilds a workflow from its row of the journal.
  using Resume = std::function<std::shared_ptr<Workflow>(const metadata::Operation& operation,
                                                         const metadata::MetadataReader& tx)>;

  /// All must outlive the engine.
  WorkflowEngine(metadata::MetadataStore& store, const system::Clock& clock, Resume resume,
                 OperationListener& listener);

  /// Reserves and journals. Throws what `reserve` throws.
  BegunWorkflow begin(const RequestId& requestId, const Reserve& reserve);

  /// Does the steps and commits. When a step fails, rolls back and throws its error, with the step's name and
  /// whether everything was rolled back. Throws Busy once halt() was called: the journal then holds what the
  /// next start of the service rolls back.
  void carryOut(const BegunWorkflow& begun);

  /// Brings an operation that the journal holds to its end: rolls it back, or goes on where there is no way
  /// back. Returns when it has ended (or is no longer there); throws Error when it has not, after it noted
  /// why in the journal and beside the resource's status.
  void settle(const OperationId& id);

  /// No further step begins.
  void halt() noexcept { halted_ = true; }

private:
  struct Run;

  /// Journals a workflow. `requestId`: absent for one that no request has asked for.
  static BegunWorkflow open(metadata::MetadataWriter& tx, std::shared_ptr<Workflow> workflow,
                            const std::optional<RequestId>& requestId);
  /// One transaction. `point`: what it is for, in the names of its fault points.
  template <class Body>
  void write(const Run& run, std::string_view point, Body body);
  void goOn(Run& run, std::size_t first);
  enum class Undo { No, Yes };
  /// With a number that is higher than all before it. Throws Error when none can be had.
  OperationContext contextOf(const Run& run, Undo undo);
  void act(const Run& run, const BoundStep& step);
  void finish(Run& run);
  /// To be done before the first undo. A commit that failed may still be found done by the next start, when
  /// it was in the log and only the sync failed; a later commit ends that. So nothing that a commit promised
  /// is taken away before one has succeeded after it.
  void journalRollBack(Run& run);
  void rollBack(Run& run, std::size_t last, const std::optional<Error>& cause);
  void settleBack(Run& run, std::size_t last, metadata::OperationState state, const std::string& told);
  void abandon(Run& run, const std::optional<Error>& cause);
  void noteFailure(Run& run, const std::string& reason);
  /// The operation of a row, which settle() goes on with. What it throws is noted in the row and told to the
  /// resource.
  Run resumed(const metadata::Operation& operation);
  void noteUnreadable(const metadata::Operation& operation, const std::string& reason);
  /// `what`: what failed, and why, for messages.
  [[noreturn]] void fail(Run& run, std::size_t failed, const Error& error, const std::string& what);
  void requireNotHalted(const Run& run) const;

  metadata::MetadataStore& store_;
  CallNumbers callNumbers_;
  const Resume resume_;
  OperationListener& listener_;
  std::atomic<bool> halted_{false};
};

}  // namespace vbs::engine
