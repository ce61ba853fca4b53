#include "vbs_service/engine/workflow_engine.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/fault/fault_point.h"

namespace vbs::engine {
namespace {

using fault::Seam;
using metadata::MetadataWriter;
using metadata::OperationState;

constexpr std::string_view kStillRetried = "the roll-back is still being retried";

spdlog::level::level_enum levelOf(const Workflow& workflow, spdlog::level::level_enum usual) {
  return workflow.isRoutine() ? spdlog::level::debug : usual;
}

bool isCertain(const BoundStep& step, const Error& error, const Bookkeeping& bookkeeping) {
  switch (step.insistence) {
    case Insistence::UntilRefused:
      return error.effect() == Effect::None && !bookkeeping.isPartlyDone;
    case Insistence::UntilAnswered:
      // That a command failed is an answer, even where it is not known what the command has done.
      return error.effect() != Effect::Unknown || error.command();
    case Insistence::UntilDone:
      break;
  }
  return false;
}

/// Runs `body`; what it throws leaves as an Error.
template <class Body>
void asError(Body body) {
  try {
    body();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::InternalError, error.what());
  }
}

std::vector<BoundStep>::const_iterator findStep(const std::vector<BoundStep>& steps, std::string_view name) {
  return std::find_if(steps.begin(), steps.end(), [&](const BoundStep& step) { return step.name == name; });
}

/// The error, about the resource when it names none.
Error about(const std::string& resource, const Error& error, const std::string& message) {
  const Error told = error.withMessage(message);
  return error.resource().empty() ? told.withResource(resource) : told;
}

}  // namespace

struct WorkflowEngine::Run {
  explicit Run(const BegunWorkflow& begun)
      : id(begun.id),
        requestId(begun.requestId),
        workflow(begun.workflow),
        kind(workflow->kind().name),
        steps(workflow->boundSteps()),
        what(std::string(kind) + " of " + workflow->resource()) {}

  /// A step that is called as the operation is not named beside it.
  std::string failureOf(const BoundStep& step, const Error& error) const {
    const std::string call = step.name == kind ? "" : ": " + std::string(step.name);
    return what + call + " at " + step.delegate + " failed: " + error.what();
  }

  OperationId id;
  RequestId requestId;
  std::shared_ptr<Workflow> workflow;
  std::string_view kind;
  std::vector<BoundStep> steps;
  std::string what;
  bool ended = false;
};

WorkflowEngine::WorkflowEngine(metadata::MetadataStore& store, const system::Clock& clock, Resume resume,
                               OperationListener& listener)
    : store_(store), callNumbers_(store, clock), resume_(std::move(resume)), listener_(listener) {}

BegunWorkflow WorkflowEngine::open(MetadataWriter& tx, std::shared_ptr<Workflow> workflow,
                                   const std::optional<RequestId>& requestId) {
  const OperationId id = tx.newOperationId();
  BegunWorkflow begun{
      .id = id, .requestId = requestId.value_or(RequestId(id.str())), .workflow = std::move(workflow)};
  const metadata::OperationKind& kind = begun.workflow->kind();
  // The journal names the first step already, which saves a commit.
  tx.openOperation({.id = id,
                    .kind = std::string(kind.name),
                    .resource = {kind.resource.kind(), begun.workflow->resource()},
                    .isExclusive = kind.isExclusive,
                    .step = std::string(begun.workflow->boundSteps().front().name),
                    .context = begun.workflow->journalText(),
                    .requestId = begun.requestId});
  begun.workflow->journalled(tx, id);
  begun.workflow->locate(tx.volumeServerOf(begun.workflow->resource()));
  return begun;
}

BegunWorkflow WorkflowEngine::begin(const RequestId& requestId, const Reserve& reserve) {
  BegunWorkflow begun = store_.write([&](MetadataWriter& tx) {
    BegunWorkflow opened = open(tx, reserve(tx), requestId);
    fault::reach(Seam::Write, {opened.workflow->kind().name, "/reserve.before"});
    return opened;
  });
  const std::string_view kind = begun.workflow->kind().name;
  fault::reach(Seam::Written, {kind, "/reserve.after"});
  spdlog::log(levelOf(*begun.workflow, spdlog::level::info), "{} of {} begins request={} operation={}", kind,
              begun.workflow->resource(), requestId.str(), begun.id.str());
  return begun;
}

void WorkflowEngine::carryOut(const BegunWorkflow& begun) {
  Run run(begun);
  if (halted_) {
    // Nothing was asked of anybody yet, so there is nothing to undo.
    auto effect = Effect::Unknown;
    try {
      if (run.steps.front().insistence != Insistence::UntilDone) {
        abandon(run, std::nullopt);
        effect = Effect::None;
      }
    } catch (const Error& error) {
      spdlog::warn("{} is left to the next start: {} request={} operation={}", run.what, error.what(),
                   run.requestId.str(), run.id.str());
    }
    throw Error(ErrorCode::Busy, "the VBS Service is shutting down: ask again when it is back",
                run.workflow->resource())
        .withEffect(effect);
  }
  goOn(run, 0);
}

void WorkflowEngine::settle(const OperationId& id) {
  const auto operation =
      store_.read([&](const metadata::MetadataReader& tx) { return tx.findOperation(id); });
  if (!operation) return;
  Run run = resumed(*operation);
  const auto step = findStep(run.steps, operation->step);
  const auto index = static_cast<std::size_t>(step - run.steps.begin());
  try {
    if (operation->state == OperationState::Running && !step->undo) {
      goOn(run, index);
    } else {
      settleBack(run, index, operation->state, operation->lastError.value_or(""));
    }
  } catch (const Error&) {
    if (!run.ended) throw;
  }
}

WorkflowEngine::Run WorkflowEngine::resumed(const metadata::Operation& operation) {
  try {
    return store_.read([&](const metadata::MetadataReader& tx) {
      Run run({.id = operation.id, .requestId = operation.requestId, .workflow = resume_(operation, tx)});
      run.workflow->locate(tx.volumeServerOf(operation.resource.id));
      if (findStep(run.steps, operation.step) == run.steps.end()) {
        throw Error(ErrorCode::InternalError, run.what + ": the journal names an unknown step \"" +
                                                  operation.step + "\"; was it made by a newer program?");
      }
      return run;
    });
  } catch (const Error& error) {
    noteUnreadable(operation, error.what());
    throw;
  }
}

/// `told`: what was told of it before, of which the first cause is kept.
void WorkflowEngine::settleBack(Run& run, std::size_t last, OperationState state, const std::string& told) {
  const auto end = told.find(kStillRetried);
  const std::string first = end == std::string::npos ? run.what + ": " : told.substr(0, end);
  try {
    if (state != OperationState::RollingBack) journalRollBack(run);
    rollBack(run, last, std::nullopt);
  } catch (const Error& error) {
    noteFailure(run, first + std::string(kStillRetried) + " (" + error.what() + ")");
    throw;
  }
}

template <class Body>
void WorkflowEngine::write(const Run& run, std::string_view point, Body body) {
  store_.write([&](MetadataWriter& tx) {
    body(tx);
    fault::reach(Seam::Write, {run.kind, "/", point, ".before"});
  });
  fault::reach(Seam::Written, {run.kind, "/", point, ".after"});
}

void WorkflowEngine::requireNotHalted(const Run& run) const {
  if (!halted_) return;
  throw Error(
      ErrorCode::Busy,
      run.what + ": the VBS Service is shutting down; the operation is brought to its end at the next start",
      run.workflow->resource())
      .withEffect(Effect::Unknown);
}

void WorkflowEngine::goOn(Run& run, std::size_t first) {
  for (std::size_t i = first; i < run.steps.size(); ++i) {
    requireNotHalted(run);
    const BoundStep& step = run.steps[i];
    if (i > first) {
      try {
        asError([&] {
          write(run, std::string(step.name) + "/journal",
                [&](MetadataWriter& tx) { tx.recordStep(run.id, step.name, run.workflow->journalText()); });
        });
      } catch (const Error& error) {
        fail(run, i, error, run.what + ": " + error.what());
      }
    }
    try {
      asError([&] { act(run, step); });
    } catch (const Error& error) {
      fail(run, i, error, run.failureOf(step, error));
    }
  }
  try {
    asError([&] { finish(run); });
  } catch (const Error& error) {
    // All steps are done: what the commit says is no answer of theirs.
    run.workflow->markPartlyDone();
    const Error lost = Error(error.code(), error.what(), error.resource()).withEffect(Effect::Unknown);
    fail(run, run.steps.size() - 1, lost, run.what + ": " + error.what());
  }
}

OperationContext WorkflowEngine::contextOf(const Run& run, Undo undo) {
  return {.operationId = run.id,
          .requestId = run.requestId,
          .undo = undo == Undo::Yes,
          .callNumber = callNumbers_.next()};
}

void WorkflowEngine::act(const Run& run, const BoundStep& step) {
  fault::reach(Seam::Call, {run.kind, "/", step.name, "/call.before"});
  step.act(contextOf(run, Undo::No));
  fault::reach(Seam::Call, {run.kind, "/", step.name, "/call.after"});
}

void WorkflowEngine::finish(Run& run) {
  std::optional<OperationId> next;
  write(run, "commit", [&](MetadataWriter& tx) {
    run.workflow->finish(tx);
    tx.closeOperation(run.id);
    if (auto workflow = run.workflow->followUp()) next = open(tx, std::move(workflow), std::nullopt).id;
  });
  run.ended = true;
  spdlog::log(levelOf(*run.workflow, spdlog::level::info), "{} is done request={} operation={}", run.what,
              run.requestId.str(), run.id.str());
  if (next) listener_.left(*next);
  listener_.ended(*run.workflow);
}

void WorkflowEngine::fail(Run& run, std::size_t failed, const Error& error, const std::string& what) {
  const BoundStep& step = run.steps[failed];
  const auto leave = [&](const std::string& message) {
    const std::string reason = what + "; " + message;
    noteFailure(run, reason);
    throw about(run.workflow->resource(), error, reason).withEffect(Effect::Unknown);
  };
  if (error.effect() == Effect::Partial) run.workflow->markPartlyDone();
  if (!step.undo && !isCertain(step, error, run.workflow->bookkeeping())) {
    leave("whether it took effect is not certain, so it is asked again until it is");
  }
  spdlog::log(levelOf(*run.workflow, spdlog::level::warn), "{}; rolling back request={} operation={}", what,
              run.requestId.str(), run.id.str());
  try {
    journalRollBack(run);
    rollBack(run, failed, error);
  } catch (const Error& undoFailed) {
    leave(std::string(kStillRetried) + " (" + undoFailed.what() + ")");
  }
  if (step.insistence == Insistence::UntilAnswered) throw about(run.workflow->resource(), error, what);
  const auto shortfall = run.workflow->shortfall();
  throw about(run.workflow->resource(), error,
              what + (shortfall ? "; it was rolled back, but " + *shortfall : "; everything was rolled back"))
      .withEffect(shortfall ? Effect::Partial : Effect::None);
}

void WorkflowEngine::journalRollBack(Run& run) {
  asError([&] { write(run, "journal-roll-back", [&](MetadataWriter& tx) { tx.recordRollBack(run.id); }); });
}

void WorkflowEngine::rollBack(Run& run, std::size_t last, const std::optional<Error>& cause) {
  for (std::size_t i = last + 1; i-- > 0;) {
    const BoundStep& step = run.steps[i];
    if (!step.undo) continue;
    requireNotHalted(run);
    try {
      asError([&] {
        fault::reach(Seam::Call, {run.kind, "/", step.name, "/undo.before"});
        step.undo(contextOf(run, Undo::Yes));
        fault::reach(Seam::Call, {run.kind, "/", step.name, "/undo.after"});
      });
    } catch (const Error& error) {
      // A delegate that has tried to undo it itself has told already why that failed.
      const bool isTold =
          cause && std::string_view(cause->what()).ends_with(std::string("failed too: ") + error.what());
      throw error.withMessage("undoing " + std::string(step.name) + " at " + step.delegate + " failed" +
                              (isTold ? std::string(" again") : std::string(": ") + error.what()));
    }
  }
  abandon(run, cause);
}

void WorkflowEngine::abandon(Run& run, const std::optional<Error>& cause) {
  asError([&] {
    write(run, "abandon", [&](MetadataWriter& tx) {
      run.workflow->abandon(tx, cause);
      tx.closeOperation(run.id);
    });
  });
  run.ended = true;
  spdlog::log(levelOf(*run.workflow, spdlog::level::info), "{} is rolled back request={} operation={}",
              run.what, run.requestId.str(), run.id.str());
  listener_.ended(*run.workflow);
}

void WorkflowEngine::noteUnreadable(const metadata::Operation& operation, const std::string& reason) {
  try {
    store_.write([&](MetadataWriter& tx) {
      tx.recordFailure(operation.id, reason, operation.context);
      const metadata::OperationKind* kind = metadata::kindNamed(operation.kind, store_.kinds());
      if (!operation.isExclusive || (kind != nullptr && kind->resource.mayBeGone())) return;
      if (operation.resource.kind == metadata::ResourceKind::Volume) {
        tx.setVolumeReason(VolumeId(operation.resource.id), reason);
      } else if (operation.resource.kind == metadata::ResourceKind::Snapshot) {
        tx.setSnapshotReason(SnapshotId(operation.resource.id), reason);
      }
    });
  } catch (const Error& error) {
    spdlog::error("{} operation={}", error.what(), operation.id.str());
  }
}

void WorkflowEngine::noteFailure(Run& run, const std::string& reason) {
  spdlog::error("{} request={} operation={}", reason, run.requestId.str(), run.id.str());
  try {
    write(run, "note-failure", [&](MetadataWriter& tx) {
      tx.recordFailure(run.id, reason, run.workflow->journalText());
      run.workflow->setReason(tx, reason);
    });
  } catch (const Error& error) {
    spdlog::error("{} request={} operation={}", error.what(), run.requestId.str(), run.id.str());
  }
  listener_.left(run.id);
}

}  // namespace vbs::engine
