// vbs-qmp as a program: its exit codes and what it prints.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "fakes/qmp_server.h"
#include "qmp/open_port.h"
#include "qmp/temporary_directory.h"

namespace vbs::qmp {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Outcome {
  int exitCode;
  std::string output;  ///< stdout and stderr
};

/// `instead`: where stdout goes instead.
Outcome runProgram(const std::string& arguments, const std::string& instead = "") {
  const std::string redirection = instead.empty() ? " 2>&1" : " 2>&1 >" + instead;
  FILE* pipe = ::popen((std::string(VBS_QMP) + " " + arguments + redirection).c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::string output;
  std::array<char, 4096> piece{};
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
    output.append(piece.data(), got);
  }
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

constexpr const char* kVolume = "--device sdb --serial vol-0a1b2c3d";
constexpr const char* kUrl = "--url iscsi://127.0.0.1:1/iqn.2009-09.org.example:vol-0a1b2c3d/1";

class Program : public ::testing::Test {
protected:
  std::string socketOf(const char* vm) const { return "--socket " + (directory_ / vm).string() + " "; }

  TemporaryDirectory directory_;
};

TEST_F(Program, ListsEveryVmOfADirectory) {
  fakes::QmpServer vm1(directory_ / "vm1.qmp");
  fakes::QmpServer vm2(directory_ / "vm2.qmp");
  std::make_unique<fakes::QmpServer>(directory_ / "vm3.qmp").reset();
  const std::ofstream notASocket(directory_ / "vm1.log");
  vm1.addNode("vol-0a1b2c3d", "127.0.0.1:3260", "iqn.2009-09.org.example:vol-0a1b2c3d", 1);
  vm1.addDevice("vbs-sdb", "vol-0a1b2c3d");
  vm2.addNode("vol-00000001", "127.0.0.1:3260", "iqn.2009-09.org.example:vol-00000001", 1);
  const auto [exitCode, output] = runProgram("list --directory " + directory_.path().string());
  EXPECT_EQ(exitCode, 0);
  EXPECT_EQ(output,
            "vm1\tsdb\tvol-0a1b2c3d\tiscsi://127.0.0.1:3260/iqn.2009-09.org.example:vol-0a1b2c3d/1\n"
            "vm2\t-\tvol-00000001\tiscsi://127.0.0.1:3260/iqn.2009-09.org.example:vol-00000001/1\n");
}

TEST_F(Program, FailsWhenWhatItListsIsLost) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  vm.addNode("vol-0a1b2c3d", "127.0.0.1:3260", "iqn.2009-09.org.example:vol-0a1b2c3d", 1);
  for (const std::string lost : {"/dev/full", "&-"}) {
    const auto [exitCode, output] = runProgram("list --directory " + directory_.path().string(), lost);
    EXPECT_EQ(exitCode, 1) << lost;
    EXPECT_THAT(output, HasSubstr("vbs-qmp: the output could not be written"));
  }
}

TEST_F(Program, DetachesFromAVmThatIsNotRunning) {
  EXPECT_EQ(runProgram(socketOf("vm1.qmp") + "detach " + kVolume).exitCode, 0);
}

TEST_F(Program, DetachesFromAVmThatDiesMeanwhile) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  vm.dieAt("query-block");
  EXPECT_EQ(runProgram(socketOf("vm1.qmp") + "detach " + kVolume).exitCode, 0);
}

TEST_F(Program, NamesTheVmThatIsNotRunning) {
  const auto [exitCode, output] = runProgram(socketOf("vm1.qmp") + "attach " + kVolume + " " + kUrl);
  EXPECT_EQ(exitCode, 6);
  EXPECT_THAT(output, HasSubstr("VM vm1 is not running"));
}

TEST_F(Program, HasAnExitCodeForAGuestThatHoldsOn) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  const OpenPort portal;
  vm.addNode("vol-0a1b2c3d", portal.portal(), "iqn.2009-09.org.example:vol-0a1b2c3d", 1);
  vm.addDevice("vbs-sdb", "vol-0a1b2c3d");
  vm.guestHoldsForEver();
  const auto [exitCode, output] = runProgram(socketOf("vm1.qmp") + "--timeout 1 detach " + kVolume);
  EXPECT_EQ(exitCode, 4);
  EXPECT_THAT(output, HasSubstr("did not let go of device sdb"));
}

TEST_F(Program, HasAnExitCodeForAConflict) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  vm.addNode("vol-00000001", "127.0.0.1:3260", "iqn.2009-09.org.example:vol-00000001", 1);
  vm.addDevice("vbs-sdb", "vol-00000001");
  EXPECT_EQ(runProgram(socketOf("vm1.qmp") + "attach " + kVolume + " " + kUrl).exitCode, 3);
}

TEST_F(Program, TellsThatAVolumeWasAttachedAlreadyWhenAskedTo) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  vm.addNode("vol-0a1b2c3d", "127.0.0.1:1", "iqn.2009-09.org.example:vol-0a1b2c3d", 1);
  vm.addDevice("vbs-sdb", "vol-0a1b2c3d");
  const std::string attach = socketOf("vm1.qmp") + "attach " + kVolume + " " + kUrl;
  EXPECT_EQ(runProgram(attach).exitCode, 0);
  EXPECT_EQ(runProgram(attach + " --tell-attached").exitCode, 7);
}

TEST_F(Program, HasAnExitCodeForAVmThatDoesNotAnswer) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  vm.greetNobody();
  EXPECT_EQ(runProgram(socketOf("vm1.qmp") + "--timeout 1 attach " + kVolume + " " + kUrl).exitCode, 5);
}

TEST_F(Program, HasAnExitCodeForAPortalThatDoesNotAnswer) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  const OpenPort silent;
  vm.addNode("vol-0a1b2c3d", silent.portal(), "iqn.2009-09.org.example:vol-0a1b2c3d", 1,
             "iqn.2009-09.org.example:host1");
  vm.addDevice("vbs-sdb", "vol-0a1b2c3d");
  const auto [exitCode, output] = runProgram(socketOf("vm1.qmp") + "--timeout 1 detach " + kVolume);
  EXPECT_EQ(exitCode, 5);
  EXPECT_THAT(output, HasSubstr("does not answer (no answer in time)"));
}

TEST_F(Program, ForgetsAVolumeInEveryVmOfADirectory) {
  fakes::QmpServer vm1(directory_ / "vm1.qmp");
  fakes::QmpServer vm2(directory_ / "vm2.qmp");
  fakes::QmpServer hanging(directory_ / "vm3.qmp");
  const OpenPort portal;
  for (auto* vm : {&vm1, &vm2}) {
    vm->addNode("vol-0a1b2c3d", portal.portal(), "iqn.2009-09.org.example:vol-0a1b2c3d", 1);
  }
  vm2.addDevice("vbs-sdb", "vol-0a1b2c3d");
  hanging.greetNobody();
  const auto [exitCode, output] =
      runProgram("--timeout 1 forget --serial vol-0a1b2c3d --directory " + directory_.path().string());
  EXPECT_EQ(exitCode, 0);
  EXPECT_THAT(output, HasSubstr("vm3.qmp does not answer"));
  EXPECT_THAT(vm1.nodes(), IsEmpty());
  EXPECT_THAT(vm2.nodes(), Not(IsEmpty()));
}

TEST_F(Program, DetachesAndForgetsInTheOtherVms) {
  fakes::QmpServer vm1(directory_ / "vm1.qmp");
  fakes::QmpServer vm2(directory_ / "vm2.qmp");
  const OpenPort portal;
  for (auto* vm : {&vm1, &vm2}) {
    vm->addNode("vol-0a1b2c3d", portal.portal(), "iqn.2009-09.org.example:vol-0a1b2c3d", 1);
  }
  vm1.addDevice("vbs-sdb", "vol-0a1b2c3d");
  EXPECT_EQ(
      runProgram(socketOf("vm1.qmp") + "detach --directory " + directory_.path().string() + " " + kVolume)
          .exitCode,
      0);
  EXPECT_THAT(vm1.nodes(), IsEmpty());
  EXPECT_THAT(vm2.nodes(), IsEmpty());
}

TEST_F(Program, HasAnExitCodeForARefusal) {
  fakes::QmpServer vm(directory_ / "vm1.qmp");
  const OpenPort portal;
  vm.addNode("vol-0a1b2c3d", portal.portal(), "iqn.2009-09.org.example:vol-0a1b2c3d", 1);
  vm.refuse("blockdev-del", "Node vol-0a1b2c3d is in use");
  EXPECT_EQ(runProgram(socketOf("vm1.qmp") + "detach " + kVolume).exitCode, 1);
}

TEST_F(Program, RefusesAWrongCommandLine) {
  for (const std::string arguments :
       {"", "attach", "detach --device sdb --serial vol-0a1b2c3d", "list", "list --directory_ /nonexistent",
        "--timeout 0 list --directory_ /tmp", "forget --serial vol-0a1b2c3d", "forget --directory /tmp",
        "frobnicate"}) {
    const auto [exitCode, output] = runProgram(arguments);
    EXPECT_EQ(exitCode, 2) << arguments;
    EXPECT_THAT(output, Not(IsEmpty())) << arguments;
  }
  EXPECT_EQ(runProgram(socketOf("vm1.qmp") + "detach --device sdb --serial nonsense").exitCode, 2);
}

TEST_F(Program, ExplainsItself) {
  const auto [exitCode, output] = runProgram("--help");
  EXPECT_EQ(exitCode, 0);
  EXPECT_THAT(output, HasSubstr("Examples:"));
  EXPECT_THAT(output, HasSubstr("Exit codes:"));
}

}  // namespace
}  // namespace vbs::qmp
