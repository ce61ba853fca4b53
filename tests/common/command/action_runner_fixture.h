#pragma once

#include <gtest/gtest.h>

#include <string>

#include "common/command/action_runner.h"
#include "common/command/expansion.h"
#include "common/model/error.h"
#include "fakes/fake_command_runner.h"

namespace vbs::command {

class ActionRunnerTest : public testing::Test {
protected:
  ActionOutput run(Action action, const std::string& keys, const ActionRunner::Options& options = {}) {
    const auto checked = CommandFile::parse(keys +
                                                "\nvolume.create.1 = lvcreate -L <sizeGiB>G -n <volumeId>\n"
                                                "volume.create.2 = settle <volumeId>\n"
                                                "volume.delete = lvremove <volumeId>\n",
                                            "f.properties", Host::VolumeServer);
    for (const Diagnostic& fault : checked.faults) ADD_FAILURE() << toString(fault);
    return ActionRunner(runner_).run(*checked.file, action, exampleParameters(), "vol-0a1b2c3d", options);
  }

  Error failure(Action action, const std::string& keys) {
    try {
      run(action, keys);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing failed";
    return {ErrorCode::InternalError, ""};
  }

  FakeCommandRunner runner_;
};

}  // namespace vbs::command
