#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "vbs_service/engine/parameters.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::engine {

/// What a workflow is made of. `Self` has
/// - `static constexpr metadata::OperationKind kKind`,
/// - `static std::span<const Step> steps()`: its table, in order,
/// - `Result commit(metadata::MetadataWriter&)`, or one that answers nothing, or none: see finish().
/// `ParametersOfSelf`: a record (fields.h) with a `volumeId`, or a `volume` that has one; with a `snapshotId`
/// as well where the kind is about a snapshot; with a `vmmHostname` where a step is at a VM host.
template <class Self, class ParametersOfSelf, class Result = std::monostate>
class WorkflowOf : public Workflow {
public:
  using Parameters = ParametersOfSelf;
  using Step = engine::Step<Self>;

  WorkflowOf(const Delegates& delegates, Parameters parameters)
      : Workflow(delegates), parameters_(std::move(parameters)) {}

  const metadata::OperationKind& kind() const final { return Self::kKind; }

  std::string resource() const final {
    if constexpr (Self::kKind.resource.isSnapshot()) {
      return parameters_.snapshotId.str();
    } else {
      return volumeId().str();
    }
  }

  std::vector<BoundStep> boundSteps() final {
    std::vector<BoundStep> bound;
    for (const Step& step : Self::steps()) {
      if (step.applies != nullptr && !(self().*step.applies)()) continue;
      bound.push_back({.name = step.name,
                       .delegate = delegateAt(step.at),
                       .act = call(step.act),
                       .undo = call(step.undo),
                       .insistence = step.insistence});
    }
    return bound;
  }

  std::string journalText() const final { return toJournal(bookkeeping(), parameters_); }

  void finish(metadata::MetadataWriter& tx) final {
    if constexpr (std::is_void_v<decltype(self().commit(tx))>) {
      self().commit(tx);
    } else {
      result_ = self().commit(tx);
    }
  }
  /// What commit() has answered.
  const Result& result() const { return result_.value(); }

protected:
  void commit(metadata::MetadataWriter& /*tx*/) {}

  const VolumeId& volumeId() const {
    if constexpr (requires { parameters_.volumeId; }) {
      return parameters_.volumeId;
    } else {
      return parameters_.volume.volumeId;
    }
  }

  /// The VMM Delegate of the host that the parameters name.
  std::shared_ptr<VmmDelegate> host() const { return delegates_.hosts.at(parameters_.vmmHostname); }

  Parameters parameters_;

private:
  Self& self() { return static_cast<Self&>(*this); }

  std::function<void(const OperationContext&)> call(typename Step::Call member) {
    if (member == nullptr) return nullptr;
    return [this, member](const OperationContext& context) { (self().*member)(context); };
  }

  std::string delegateAt(At at) const {
    if constexpr (requires { delegates_.nameOf(parameters_.vmmHostname); }) {
      if (at == At::VmHost) return delegates_.nameOf(parameters_.vmmHostname);
    }
    if (at == At::VmHost) throw Error(ErrorCode::InternalError, "the parameters name no VM host");
    return Delegates::kVolumesName;
  }

  std::optional<Result> result_;
};

}  // namespace vbs::engine
