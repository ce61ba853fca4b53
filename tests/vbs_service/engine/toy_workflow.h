#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "vbs_service/engine/workflow_of.h"

// A workflow of up to three steps in a world of three things, which one step each makes. What each call comes
// to is written in a script.

namespace vbs::engine {

/// What a call comes to. Where nothing is left to do, no half of it can be done.
enum class Answer {
  Done,
  Refused,      ///< nothing has changed, and the caller is told so
  Partial,      ///< half of it is done, and the caller is told so
  Lost,         ///< nothing has changed; the caller cannot know
  Unanswered,   ///< all of it is done; the caller cannot know
  Interrupted,  ///< nothing has changed; a command failed, and the caller cannot know what it has done
  CrashBefore,  ///< the service dies before the call has any effect
  CrashAfter,   ///< after it had all of it
};
constexpr std::array kFailures{Answer::Refused,    Answer::Partial,     Answer::Lost,
                               Answer::Unanswered, Answer::Interrupted, Answer::CrashBefore,
                               Answer::CrashAfter};

enum class Thing { Absent, Half, There };
using World = std::array<Thing, 3>;

/// The service dies: nobody catches it.
struct Crash {};

/// By the number of the call, from 0; Done where it says nothing.
using Script = std::map<std::size_t, Answer>;

/// The world, and what happens in it according to the script.
class Stage {
public:
  explicit Stage(Script script) : script_(std::move(script)) {}

  /// What the next call comes to, which shall bring thing `step` to `wanted`.
  Answer call(const std::string& name, int step, Thing wanted) {
    Answer answer = next(name + std::to_string(step));
    Thing& thing = world_.at(static_cast<std::size_t>(step));
    if (answer == Answer::Partial && thing == wanted) answer = Answer::Done;
    const bool isEffective =
        answer == Answer::Done || answer == Answer::Unanswered || answer == Answer::CrashAfter;
    if (isEffective) thing = wanted;
    if (answer == Answer::Partial) thing = Thing::Half;
    return answer;
  }
  /// What the next end comes to.
  Answer end(const std::string& name) { return next(name); }

  /// Called before each call.
  std::function<void(const std::string& call)> watch = [](const std::string& /*call*/) {};

  /// Of the next call.
  void hear(const OperationContext& context) { contexts_.push_back(context); }

  const World& world() const { return world_; }
  const std::vector<OperationContext>& contexts() const { return contexts_; }
  /// All that was asked, in that order.
  const std::vector<std::string>& calls() const { return calls_; }

private:
  Answer next(const std::string& call) {
    watch(call);
    const auto scripted = script_.find(calls_.size());
    calls_.push_back(call);
    return scripted == script_.end() ? Answer::Done : scripted->second;
  }

  const Script script_;
  World world_{};
  std::vector<std::string> calls_;
  std::vector<OperationContext> contexts_;
};

struct ToyParameters {
  VolumeId volumeId;
  /// A letter for each step: undone, or insisted on until it is refused, answered or done.
  std::string shape;
  std::optional<std::string> found;  ///< by the first step, for all that come after it

  static constexpr auto fields() {
    using P = ToyParameters;
    return std::tuple{field("volumeId", &P::volumeId), field("shape", &P::shape), field("found", &P::found)};
  }
};

class Toy : public WorkflowOf<Toy, ToyParameters, std::string> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "toy",
      .resource = metadata::OperationResource::volume({VolumeStatus::Available}),
      .inWords = "being played with"};

  static std::span<const Step> steps() {
    static constexpr Step kSteps[] = {
        {"first", At::VolumeServer, &Toy::act<0>, &Toy::undo<0>, Insistence::UntilRefused, &Toy::is<0, 'u'>},
        {"first", At::VolumeServer, &Toy::act<0>, kNoWayBack, Insistence::UntilRefused, &Toy::is<0, 'r'>},
        {"first", At::VolumeServer, &Toy::act<0>, kNoWayBack, Insistence::UntilAnswered, &Toy::is<0, 'a'>},
        {"first", At::VolumeServer, &Toy::act<0>, kNoWayBack, Insistence::UntilDone, &Toy::is<0, 'd'>},
        {"second", At::VolumeServer, &Toy::act<1>, &Toy::undo<1>, Insistence::UntilRefused, &Toy::is<1, 'u'>},
        {"second", At::VolumeServer, &Toy::act<1>, kNoWayBack, Insistence::UntilRefused, &Toy::is<1, 'r'>},
        {"second", At::VolumeServer, &Toy::act<1>, kNoWayBack, Insistence::UntilAnswered, &Toy::is<1, 'a'>},
        {"second", At::VolumeServer, &Toy::act<1>, kNoWayBack, Insistence::UntilDone, &Toy::is<1, 'd'>},
        {"third", At::VolumeServer, &Toy::act<2>, &Toy::undo<2>, Insistence::UntilRefused, &Toy::is<2, 'u'>},
        {"third", At::VolumeServer, &Toy::act<2>, kNoWayBack, Insistence::UntilRefused, &Toy::is<2, 'r'>},
        {"third", At::VolumeServer, &Toy::act<2>, kNoWayBack, Insistence::UntilAnswered, &Toy::is<2, 'a'>},
        {"third", At::VolumeServer, &Toy::act<2>, kNoWayBack, Insistence::UntilDone, &Toy::is<2, 'd'>},
    };
    return kSteps;
  }

  Toy(const Delegates& delegates, ToyParameters parameters, Stage& stage)
      : WorkflowOf(delegates, std::move(parameters)), stage_(stage) {}

  std::string commit(metadata::MetadataWriter& /*tx*/) {
    requireFound();
    reach(stage_.end("commit"));
    return "played";
  }
  void abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) override {
    reach(stage_.end("abandon"));
  }
  std::shared_ptr<Workflow> followUp() override { return next; }
  void journalled(metadata::MetadataWriter& /*tx*/, const OperationId& /*id*/) const override {
    if (diesWhenJournalled) throw Crash{};
  }

  std::shared_ptr<Workflow> next;
  bool diesWhenJournalled = false;

private:
  template <int kStep>
  void act(const OperationContext& context) {
    if (kStep > 0) requireFound();
    stage_.hear(context);
    reach(stage_.call("act ", kStep, Thing::There));
    if (kStep == 0) parameters_.found = "something";
  }
  template <int kStep>
  void undo(const OperationContext& context) {
    if (!context.undo) throw std::logic_error("an undo that does not say so");
    stage_.hear(context);
    if (kStep > 0) requireFound();
    reach(stage_.call("undo ", kStep, Thing::Absent));
  }
  template <int kStep, char kWay>
  bool is() const {
    return parameters_.shape.size() > kStep && parameters_.shape[kStep] == kWay;
  }

  /// What a step has found is in the journal before the next one begins.
  void requireFound() const {
    if (parameters_.found != "something") stage_.end("forgets what the first step has found");
  }

  static void reach(Answer answer) {
    switch (answer) {
      case Answer::Done:
        return;
      case Answer::Refused:
        throw Error(ErrorCode::CommandFailed, "refused").withEffect(Effect::None);
      case Answer::Partial:
        throw Error(ErrorCode::CommandFailed, "half of it").withEffect(Effect::Partial);
      case Answer::Lost:
      case Answer::Unanswered:
        throw Error(ErrorCode::Timeout, "no answer").withEffect(Effect::Unknown);
      case Answer::Interrupted:
        throw Error("no word of it", "", {.action = "toy", .exitCode = std::nullopt, .stderrTail = ""})
            .withEffect(Effect::Unknown);
      case Answer::CrashBefore:
      case Answer::CrashAfter:
        throw Crash{};
    }
  }

  Stage& stage_;
};

}  // namespace vbs::engine
