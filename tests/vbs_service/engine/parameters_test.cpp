#include "vbs_service/engine/parameters.h"

#include "support/expect_error.h"

namespace vbs::engine {
namespace {

struct Inner {
  VmmHostname host;
  std::optional<SizeGiB> size;
  static constexpr auto fields() {
    return std::tuple{field("host", &Inner::host), field("sizeGiB", &Inner::size)};
  }
  bool operator==(const Inner&) const = default;
};

struct Sample {
  VolumeId volumeId;
  std::optional<std::string> reason;
  bool isMarked;
  std::optional<bool> isInVm;
  VolumeStatus before;
  Inner inner;
  std::optional<TargetIdentity> target;
  std::optional<PriorFinding> prior;
  VolumeExport exported;
  static constexpr auto fields() {
    using S = Sample;
    return std::tuple{field("volumeId", &S::volumeId),
                      field("reason", &S::reason),
                      field("isMarked", &S::isMarked),
                      field("isInVm", &S::isInVm),
                      field("before", &S::before),
                      inlined(&S::inner),
                      inlined(&S::target),
                      inlined(&S::prior),
                      inlined(&S::exported)};
  }
  bool operator==(const Sample&) const = default;
};

struct Later {
  VolumeId volumeId;
  static constexpr int kVersion = 2;
  static constexpr auto fields() { return std::tuple{field("volumeId", &Later::volumeId)}; }
  bool operator==(const Later&) const = default;
};

const Sample kBare{.volumeId = VolumeId("vol-0a1b2c3d"),
                   .reason = std::nullopt,
                   .isMarked = false,
                   .isInVm = std::nullopt,
                   .before = VolumeStatus::Available,
                   .inner = {.host = VmmHostname("node1"), .size = std::nullopt},
                   .target = std::nullopt,
                   .prior = std::nullopt,
                   .exported = {}};
const Sample kFull{
    .volumeId = VolumeId("vol-0a1b2c3d"),
    .reason = "dd: 'I/O' error\n",
    .isMarked = true,
    .isInVm = false,
    .before = VolumeStatus::InUse,
    .inner = {.host = VmmHostname("node1"), .size = SizeGiB(12)},
    .target = TargetIdentity{.targetId = TargetId(7), .targetName = TargetName("iqn.2009-09.org.example:x")},
    .prior = PriorFinding{Presence::Present, Presence::Absent},
    .exported = {.portal = Portal("[::1]:3260"), .lun = Lun(0)}};

const Bookkeeping kNew{.isPartlyDone = false};

metadata::Operation journalled(const std::string& context) {
  return {.id = OperationId("op-1"),
          .kind = "sample",
          .resource = {metadata::ResourceKind::Volume, "vol-0a1b2c3d"},
          .state = metadata::OperationState::Running,
          .step = "first",
          .context = context,
          .requestId = RequestId("request-1"),
          .createdAt = {},
          .updatedAt = {},
          .attempts = 0,
          .lastError = std::nullopt};
}

TEST(Parameters, ComeBackFromTheJournalAsTheyWere) {
  for (const Sample& sample : {kBare, kFull}) {
    EXPECT_EQ(parametersOf<Sample>(journalled(toJournal(kNew, sample))), sample);
  }
}

TEST(Parameters, StandInTheJournalAsOneFlatObject) {
  EXPECT_EQ(toJournal(kNew, kBare),
            R"({"before":"available","host":"node1","version":1,"volumeId":"vol-0a1b2c3d"})");
  EXPECT_EQ(toJournal({.isPartlyDone = true}, kFull),
            R"({"before":"in-use","deviceBefore":"absent","host":"node1","isInVm":false,"isMarked":true,)"
            R"("isPartlyDone":true,"lun":0,"portal":"[::1]:3260","reason":"dd: 'I/O' error\n",)"
            R"("sessionBefore":"present","sizeGiB":12,"targetId":7,)"
            R"("targetName":"iqn.2009-09.org.example:x","version":1,"volumeId":"vol-0a1b2c3d"})");
}

TEST(Parameters, HaveTheBookkeepingBesideThem) {
  const Bookkeeping kept{.isPartlyDone = true};
  EXPECT_EQ(fieldsOf<Bookkeeping>(journalled(toJournal(kept, kBare))), kept);
  EXPECT_EQ(fieldsOf<Bookkeeping>(journalled(toJournal(kNew, kBare))), kNew);
}

TEST(Parameters, AStrayByteInAReasonDoesNotKeepThemFromTheJournal) {
  Sample sample = kBare;
  sample.reason = "lvcreate: \xff";
  EXPECT_THAT(parametersOf<Sample>(journalled(toJournal(kNew, sample))).reason.value(),
              testing::StartsWith("lvcreate: "));
}

TEST(Parameters, DamagedOnesAreReported) {
  const std::string whole = R"("volumeId":"vol-0a1b2c3d","host":"node1","before":"available")";
  EXPECT_EQ(parametersOf<Sample>(journalled("{" + whole + "}")), kBare);
  for (const std::string bad :
       {"", "[]", "{}", "7", R"({"volumeId":"vol-0a1b2c3d"})", R"({"volumeId":1,"host":"node1"})"}) {
    expectError(ErrorCode::InternalError, "the journal's parameters of sample op-1 cannot be read",
                [&] { parametersOf<Sample>(journalled(bad)); });
  }
  for (const std::string bad :
       {R"("lun":"x")", R"("lun":256)", R"("lun":4294967296)", R"("lun":1.5)", R"("portal":["x"])",
        R"("targetId":1)", R"("sizeGiB":0)", R"("isInVm":"yes")", R"("isMarked":null)",
        R"("sessionBefore":"lost","deviceBefore":"absent")", R"("reason":{})"}) {
    expectError(ErrorCode::InternalError, "cannot be read",
                [&] { parametersOf<Sample>(journalled("{" + whole + "," + bad + "}")); });
  }
  expectError(ErrorCode::InternalError, "\"on its way\" is none of its words", [] {
    parametersOf<Sample>(journalled(R"({"volumeId":"vol-0a1b2c3d","host":"node1","before":"on its way"})"));
  });
}

TEST(Parameters, FieldsThatAreNotKnownAreLeftOutUnlessTheVersionIsNewer) {
  const auto later = [](const std::string& more) {
    return parametersOf<Later>(journalled(R"({"volumeId":"vol-0a1b2c3d")" + more + "}"));
  };
  const Later known{.volumeId = VolumeId("vol-0a1b2c3d")};
  EXPECT_EQ(later(""), known);
  EXPECT_EQ(later(R"(,"weight":[1,2])"), known);
  EXPECT_EQ(later(R"(,"version":1,"weight":1)"), known);
  EXPECT_EQ(later(R"(,"version":2,"weight":1)"), known);
  EXPECT_EQ(later(R"(,"version":3)"), known);
  EXPECT_EQ(later(R"(,"version":3,"isPartlyDone":true)"), known);
  expectError(ErrorCode::InternalError,
              "they have the field \"weight\" and are of version 3, this program knows version 2: a newer "
              "program has written them",
              [&] { later(R"(,"version":3,"weight":1)"); });
  expectError(ErrorCode::InternalError, "version", [&] { later(R"(,"version":"new")"); });
  EXPECT_EQ(toJournal(kNew, known), R"({"version":2,"volumeId":"vol-0a1b2c3d"})");
}

TEST(Parameters, SomeFieldsCanBeReadOfAnyKindAndVersion) {
  const auto inner = fieldsOf<Inner>(journalled(R"({"version":9,"host":"node1","weight":1})"));
  EXPECT_EQ(inner, (Inner{.host = VmmHostname("node1"), .size = std::nullopt}));
}

}  // namespace
}  // namespace vbs::engine
