#include "vbs_service/engine/workflow_engine.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>

#include "common/system/thread_scheduler.h"
#include "fakes/fake_volume_delegate.h"
#include "support/expect_error.h"
#include "vbs_service/engine/toy_workflow.h"
#include "vbs_service/temporary_database.h"

namespace vbs::engine {
namespace {

/// What the rules of docs/architecture.md say of a toy: independent of the engine, and without a journal but
/// for what has to be remembered.
class Model {
public:
  Model(std::string shape, Script script) : shape_(std::move(shape)), stage_(std::move(script)) {
    goOn(0);
    while (!end_) {
      isPartlyDone_ = isKeptPartlyDone_;
      if (isRollingBack_ || isUndone(step_)) {
        rollBack(step_);
      } else {
        goOn(step_);
      }
    }
  }

  const Stage& stage() const { return stage_; }
  const std::string& end() const { return *end_; }

private:
  bool isUndone(std::size_t step) const { return shape_[step] == 'u'; }

  void goOn(std::size_t first) {
    for (std::size_t i = first; i < shape_.size(); ++i) {
      step_ = i;
      if (i > first) isKeptPartlyDone_ = isPartlyDone_;
      const Answer answer = stage_.call("act ", static_cast<int>(i), Thing::There);
      if (answer == Answer::Done) continue;
      if (answer != Answer::CrashBefore && answer != Answer::CrashAfter) fail(answer);
      return;
    }
    const Answer answer = stage_.end("commit");
    if (answer == Answer::Done) end_ = "commit";
    if (answer == Answer::Done || answer == Answer::CrashBefore) return;
    // All steps are done, whatever the commit says of itself.
    isPartlyDone_ = true;
    fail(Answer::Lost);
  }

  void fail(Answer answer) {
    if (answer == Answer::Partial) isPartlyDone_ = true;
    const bool isAnswered =
        answer == Answer::Refused || answer == Answer::Partial || answer == Answer::Interrupted;
    const char way = shape_[step_];
    const bool isOver = way == 'u' || (way == 'r' && answer == Answer::Refused && !isPartlyDone_) ||
                        (way == 'a' && isAnswered);
    if (isOver) {
      rollBack(step_);
    } else {
      isKeptPartlyDone_ = isPartlyDone_;
    }
  }

  void rollBack(std::size_t last) {
    isRollingBack_ = true;
    for (std::size_t i = last + 1; i-- > 0;) {
      if (isUndone(i) && stage_.call("undo ", static_cast<int>(i), Thing::Absent) != Answer::Done) return;
    }
    if (stage_.end("abandon") == Answer::Done) end_ = "abandon";
  }

  const std::string shape_;
  Stage stage_;
  std::size_t step_ = 0;
  bool isRollingBack_ = false;
  bool isPartlyDone_ = false;
  bool isKeptPartlyDone_ = false;
  std::optional<std::string> end_;
};

class Listener : public OperationListener {
public:
  void left(const OperationId& id) override { lefts.push_back(id); }
  void ended(const Workflow& workflow) override { ends.push_back(std::string(workflow.kind().name)); }

  std::vector<OperationId> lefts;
  std::vector<std::string> ends;
};

/// In memory where the machine has such a place: it is the commits that take time.
std::filesystem::path quickDirectory() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

class WorkflowEngineTest : public testing::Test {
protected:
  WorkflowEngineTest() : level_(spdlog::get_level()) {
    spdlog::set_level(spdlog::level::off);
    store_.write([&](metadata::MetadataWriter& tx) {
      volumeId_.emplace(tx.newVolumeId(defaultVolumeServer()));
      tx.insertVolume({.volumeId = *volumeId_,
                       .size = SizeGiB(1),
                       .comment = "",
                       .snapshotId = std::nullopt,
                       .status = VolumeStatus::Available,
                       .statusReason = std::nullopt,
                       .progressPercent = std::nullopt,
                       .createTime = tx.now(),
                       .attachment = std::nullopt});
    });
  }
  ~WorkflowEngineTest() override { spdlog::set_level(level_); }

  /// A service of its own for each: what it knows beside the journal is lost with it.
  WorkflowEngine engine(Stage& stage) {
    return {store_, system::threadScheduler(),
            [&](const metadata::Operation& operation, const metadata::MetadataReader& /*tx*/) {
              auto toy = std::make_shared<Toy>(delegates_, parametersOf<ToyParameters>(operation), stage);
              toy->resume(fieldsOf<Bookkeeping>(operation), operation.state);
              return toy;
            },
            listener_};
  }
  BegunWorkflow begin(WorkflowEngine& engine, Stage& stage, const std::string& shape) {
    return engine.begin(RequestId("request-1"),
                        [&](metadata::MetadataWriter& /*tx*/) { return toy(stage, shape); });
  }
  std::shared_ptr<Toy> toy(Stage& stage, const std::string& shape) {
    return std::make_shared<Toy>(
        delegates_, ToyParameters{.volumeId = volumeId_.value(), .shape = shape, .found = std::nullopt},
        stage);
  }
  std::optional<metadata::Operation> found(const OperationId& id) {
    return store_.read([&](const metadata::MetadataReader& tx) { return tx.findOperation(id); });
  }

  /// Carries a toy out, and settles it until it has ended. Answers what it has asked for.
  std::vector<std::string> play(const std::string& shape, const Script& script) {
    constexpr int kMostTries = 10;
    ++played_;
    Stage stage(script);
    WorkflowEngine first = engine(stage);
    const BegunWorkflow begun = begin(first, stage, shape);
    try {
      first.carryOut(begun);
      EXPECT_FALSE(found(begun.id));
    } catch (const Error& error) {
      // A step that ends with any answer may leave open what it has done.
      const bool mayEndSo = shape.find('a') != std::string::npos;
      const bool isOpen = found(begun.id).has_value();
      EXPECT_TRUE(isOpen ? error.effect() == Effect::Unknown : mayEndSo || error.effect() != Effect::Unknown)
          << error.what();
    } catch (const Crash&) {
      EXPECT_TRUE(found(begun.id));
    }
    for (int tries = 0; found(begun.id) && tries < kMostTries; ++tries) {
      WorkflowEngine next = engine(stage);
      try {
        next.settle(begun.id);
      } catch (const Error&) {
      } catch (const Crash&) {
      }
    }
    EXPECT_FALSE(found(begun.id));
    expectRight(shape, stage, Model(shape, script));
    return stage.calls();
  }

  /// All scripts with up to `failures` more failures, each after those that the script has.
  void playAll(const std::string& shape, const Script& script, int failures) {
    const std::vector<std::string> calls = play(shape, script);
    ASSERT_FALSE(HasFailure()) << describe(shape, script);
    if (failures == 0) return;
    const std::size_t begin = script.empty() ? 0 : script.rbegin()->first + 1;
    for (std::size_t at = begin; at < calls.size(); ++at) {
      for (const Answer answer : kFailures) {
        const bool isEnd = calls[at] == "commit" || calls[at] == "abandon";
        // An end has happened or not: it is one transaction.
        if (isEnd && (answer == Answer::Unanswered || answer == Answer::CrashAfter)) continue;
        Script more = script;
        more.emplace(at, answer);
        playAll(shape, more, failures - 1);
        if (HasFailure()) return;
      }
    }
  }

  static std::vector<std::string> shapes(std::size_t steps) {
    std::vector<std::string> all{""};
    for (std::size_t i = 0; i < steps; ++i) {
      std::vector<std::string> longer;
      for (const std::string& shape : all) {
        for (const char way : {'u', 'r', 'a', 'd'}) longer.push_back(shape + way);
      }
      all = std::move(longer);
    }
    return all;
  }

  TemporaryDatabase database_{quickDirectory()};
  metadata::MetadataStore store_{database_.file(), {Toy::kKind}};
  FakeVolumeDelegate volumes_;
  const VolumeServers volumeServers_{{{defaultVolumeServer(), volumes_}}};
  VmmDelegates vmmDelegates_{{}, [](const std::string&) { return nullptr; }};
  VmHosts hosts_{store_, vmmDelegates_, {.instance = ServiceInstanceId("instance"), .name = "service"}};
  LastSurvey lastSurvey_;
  const Delegates delegates_{.volumeServers = volumeServers_,
                             .hosts = hosts_,
                             .lastSurvey = lastSurvey_,
                             .clock = system::threadScheduler()};
  Listener listener_;
  std::optional<VolumeId> volumeId_;
  int played_ = 0;

private:
  static std::string describe(const std::string& shape, const Script& script) {
    std::string text = "shape " + shape;
    for (const auto& [at, answer] : script) {
      text += ", call " + std::to_string(at) + " comes to " + std::to_string(static_cast<int>(answer));
    }
    return text;
  }

  static void expectRight(const std::string& shape, const Stage& stage, const Model& model) {
    EXPECT_EQ(stage.calls(), model.stage().calls());
    EXPECT_EQ(stage.calls().back(), model.end());
    EXPECT_EQ(stage.world(), model.stage().world());
    // What holds whatever the model says.
    const bool isCommitted = stage.calls().back() == "commit";
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (isCommitted) {
        EXPECT_EQ(stage.world()[i], Thing::There) << i;
      } else if (shape[i] == 'u') {
        EXPECT_EQ(stage.world()[i], Thing::Absent) << i;
      } else if (shape[i] == 'r') {
        EXPECT_NE(stage.world()[i], Thing::Half) << i;
      }
    }
  }

  const spdlog::level::level_enum level_;
};

TEST_F(WorkflowEngineTest, BringsEveryWorkflowOfOneOrTwoStepsToItsEndThroughAnyTwoFailures) {
  for (const std::size_t steps : {1, 2}) {
    for (const std::string& shape : shapes(steps)) playAll(shape, {}, 2);
  }
  std::cout << played_ << " operations\n";
  EXPECT_GT(played_, 2'000);
}

TEST_F(WorkflowEngineTest, BringsEveryWorkflowOfThreeStepsToItsEndThroughAnyFailure) {
  for (const std::string& shape : shapes(3)) playAll(shape, {}, 1);
  std::cout << played_ << " operations\n";
  EXPECT_GT(played_, 1'000);
}

TEST_F(WorkflowEngineTest, BringsAWorkflowThatIsUndoneToItsEndThroughAnyThreeFailures) {
  playAll("uu", {}, 3);
  std::cout << played_ << " operations\n";
  EXPECT_GT(played_, 1'000);
}

TEST_F(WorkflowEngineTest, AnswersWhatTheCommitHasAnswered) {
  Stage stage({});
  WorkflowEngine engine = this->engine(stage);
  const auto workflow = toy(stage, "ua");
  engine.carryOut(engine.begin(RequestId("request-1"), [&](metadata::MetadataWriter&) { return workflow; }));
  EXPECT_EQ(workflow->result(), "played");
  EXPECT_EQ(listener_.ends, std::vector<std::string>{"toy"});
  EXPECT_TRUE(listener_.lefts.empty());
}

TEST_F(WorkflowEngineTest, TellsWhatItHasLeftAndWhyBesideTheResource) {
  Stage stage({{1, Answer::Refused}, {2, Answer::Lost}});
  WorkflowEngine engine = this->engine(stage);
  const BegunWorkflow begun = begin(engine, stage, "uu");
  expectError(ErrorCode::CommandFailed, "no answer", [&] { engine.carryOut(begun); });
  EXPECT_EQ(listener_.lefts, std::vector{begun.id});
  const auto operation = found(begun.id);
  ASSERT_TRUE(operation);
  EXPECT_EQ(operation->state, metadata::OperationState::RollingBack);
  EXPECT_EQ(operation->attempts, 1);
  const auto reason = store_.read(
      [&](const metadata::MetadataReader& tx) { return tx.volume(volumeId_.value()).statusReason; });
  EXPECT_EQ(reason, operation->lastError);
}

TEST_F(WorkflowEngineTest, BeginsNoStepOnceItIsHalted) {
  Stage stage({});
  WorkflowEngine engine = this->engine(stage);
  const BegunWorkflow undone = begin(engine, stage, "uu");
  engine.halt();
  expectError(ErrorCode::Busy, "shutting down", [&] { engine.carryOut(undone); });
  EXPECT_EQ(stage.calls(), std::vector<std::string>{"abandon"});
  EXPECT_FALSE(found(undone.id));
  const BegunWorkflow insistent = begin(engine, stage, "du");
  expectError(ErrorCode::Busy, "shutting down", [&] { engine.carryOut(insistent); });
  EXPECT_TRUE(found(insistent.id));
  EXPECT_EQ(stage.calls().size(), 1U);
}

TEST_F(WorkflowEngineTest, BeginsNothingMoreWhereItIsHaltedMeanwhile) {
  for (const std::string call : {"act 0", "undo 1"}) {
    const bool isUndo = call == "undo 1";
    Stage stage(isUndo ? Script{{1, Answer::Refused}} : Script{});
    WorkflowEngine engine = this->engine(stage);
    stage.watch = [&](const std::string& next) {
      if (next == call) engine.halt();
    };
    const BegunWorkflow begun = begin(engine, stage, "uu");
    expectError(isUndo ? ErrorCode::CommandFailed : ErrorCode::Busy, "shutting down",
                [&] { engine.carryOut(begun); });
    EXPECT_EQ(stage.calls().back(), call);
    WorkflowEngine next = this->engine(stage);
    next.settle(begun.id);
    EXPECT_FALSE(found(begun.id));
    EXPECT_EQ(stage.world(), World{});
  }
}

TEST_F(WorkflowEngineTest, GivesEachCallAHigherNumberThanAllBeforeIt) {
  // act 0, act 1 that is lost, and both undone, the second time by another run of the service.
  Stage stage({{1, Answer::Lost}, {3, Answer::CrashBefore}});
  WorkflowEngine first = engine(stage);
  const BegunWorkflow begun = begin(first, stage, "uu");
  EXPECT_THROW(first.carryOut(begun), Crash);
  WorkflowEngine second = engine(stage);
  second.settle(begun.id);
  EXPECT_FALSE(found(begun.id));
  const auto& heard = stage.contexts();
  ASSERT_EQ(heard.size(), 6U);
  for (std::size_t i = 1; i < heard.size(); ++i) {
    EXPECT_GT(heard[i].callNumber.value(), heard[i - 1].callNumber.value()) << stage.calls()[i];
  }
}

TEST_F(WorkflowEngineTest, OpensWhatFollowsInTheTransactionOfTheCommit) {
  Stage stage({});
  WorkflowEngine engine = this->engine(stage);
  const auto leader = toy(stage, "d");
  const auto next = toy(stage, "u");
  next->diesWhenJournalled = true;
  leader->next = next;
  const BegunWorkflow begun =
      engine.begin(RequestId("request-1"), [&](metadata::MetadataWriter&) { return leader; });
  EXPECT_THROW(engine.carryOut(begun), Crash);
  EXPECT_TRUE(listener_.lefts.empty());
  EXPECT_TRUE(found(begun.id));
  EXPECT_EQ(store_.read([](const metadata::MetadataReader& tx) { return tx.openOperations().size(); }), 1U);
  next->diesWhenJournalled = false;
  engine.carryOut(begun);
  EXPECT_FALSE(found(begun.id));
  ASSERT_EQ(listener_.lefts.size(), 1U);
  const auto follower = found(listener_.lefts.front());
  ASSERT_TRUE(follower);
  EXPECT_EQ(follower->step, "first");
  EXPECT_EQ(follower->requestId.str(), follower->id.str());
}

TEST_F(WorkflowEngineTest, RefusesAStepThatTheKindDoesNotHave) {
  Stage stage({{0, Answer::CrashAfter}});
  WorkflowEngine engine = this->engine(stage);
  const BegunWorkflow begun = begin(engine, stage, "uu");
  EXPECT_THROW(engine.carryOut(begun), Crash);
  const std::string context = found(begun.id).value().context;
  store_.write([&](metadata::MetadataWriter& tx) { tx.recordStep(begun.id, "fourth", context); });
  expectError(ErrorCode::InternalError, "unknown step \"fourth\"", [&] { engine.settle(begun.id); });
}

TEST_F(WorkflowEngineTest, TellsOfARowThatItCannotReadAndLeavesItAsItIs) {
  Stage stage({{0, Answer::CrashAfter}});
  WorkflowEngine engine = this->engine(stage);
  const BegunWorkflow begun = begin(engine, stage, "uu");
  EXPECT_THROW(engine.carryOut(begun), Crash);
  const std::string newer = R"({"version":9,"volumeId":")" + volumeId_.value().str() + R"(","weight":1})";
  store_.write([&](metadata::MetadataWriter& tx) { tx.recordStep(begun.id, "first", newer); });
  expectError(ErrorCode::InternalError, "\"weight\"", [&] { engine.settle(begun.id); });
  const auto operation = found(begun.id).value();
  EXPECT_EQ(operation.context, newer);
  EXPECT_EQ(operation.attempts, 1);
  EXPECT_THAT(operation.lastError.value_or(""), testing::HasSubstr("a newer program has written them"));
  const auto reason = store_.read(
      [&](const metadata::MetadataReader& tx) { return tx.volume(volumeId_.value()).statusReason; });
  EXPECT_EQ(reason, operation.lastError);
}

}  // namespace
}  // namespace vbs::engine
