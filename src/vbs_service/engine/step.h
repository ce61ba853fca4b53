#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "common/api/context.h"

namespace vbs::engine {

/// When a step that nothing can take back is not asked again.
enum class Insistence {
  UntilRefused,   ///< after a clear refusal: the delegate has changed nothing (Effect::None)
  UntilAnswered,  ///< after any answer: what a failure leaves half done does no harm
  UntilDone,
};

/// Whose delegate a step asks.
enum class At { VolumeServer, VmHost };

/// In the place of an undo: nothing can or need bring back what the step does (a deletion). It is a point of
/// no return: when it fails it is asked again until its outcome is certain, across restarts.
inline constexpr std::nullptr_t kNoWayBack = nullptr;

/// A row of a workflow's table of steps: one call of a delegate, and the call that takes it back. Both are
/// idempotent, and member functions of the workflow. What they find out they keep in its parameters, which
/// the journal has before the next step begins.
template <class Workflow>
struct Step {
  using Call = void (Workflow::*)(const OperationContext&);

  std::string_view name;  ///< stable: the journal knows the step by it
  At at;
  Call act;
  Call undo;
  /// Without undo: what makes the outcome certain.
  Insistence insistence = Insistence::UntilRefused;
  /// Whether the operation has the step, which must depend on nothing that a step changes. Absent: it has. Of
  /// several rows with one name it has at most one.
  bool (Workflow::*applies)() const = nullptr;
};

/// A step as the engine carries it out.
struct BoundStep {
  std::string_view name;
  std::string delegate;  ///< who is asked, for messages
  std::function<void(const OperationContext&)> act;
  std::function<void(const OperationContext&)> undo;  ///< may be absent
  Insistence insistence = Insistence::UntilRefused;
};

/// What a row tells without a workflow.
struct StepOutline {
  std::string_view name;
  bool hasUndo = false;
  Insistence insistence = Insistence::UntilRefused;
};

}  // namespace vbs::engine
