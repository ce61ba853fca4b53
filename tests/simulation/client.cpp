#include "simulation/client.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace vbs::simulation {

using std::chrono::milliseconds;

namespace {

const RequestContext kContext{RequestId("client")};

template <class Record, class Describe>
std::vector<Record> allOf(Describe describe) {
  std::vector<Record> records;
  std::optional<std::string> next;
  do {
    Page<Record> page = describe(next);
    for (Record& record : page.records) records.push_back(std::move(record));
    next = page.nextToken;
  } while (next);
  return records;
}

std::string stateOf(const Attachment& attachment) {
  return fmt::format("{}/{}/{}", attachment.vmmHostname.str(), attachment.vmId.str(),
                     attachment.vmDevice.str());
}

std::optional<State> steadyStateOf(const Volume& volume) {
  switch (volume.status) {
    case VolumeStatus::Available:
    case VolumeStatus::Error:
      return kFree;
    case VolumeStatus::Pending:
      return volume.snapshotId ? std::optional(kFree) : std::nullopt;
    case VolumeStatus::InUse:
      return volume.attachment ? std::optional(stateOf(*volume.attachment)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

Ledger::Listing listingOf(const std::vector<Volume>& volumes) {
  Ledger::Listing listing;
  for (const Volume& volume : volumes) {
    listing.emplace(volume.volumeId.str(), Ledger::Shown{volume.comment, steadyStateOf(volume)});
  }
  return listing;
}

Ledger::Listing listingOf(const std::vector<Snapshot>& snapshots) {
  Ledger::Listing listing;
  for (const Snapshot& snapshot : snapshots) {
    const bool isSteady =
        snapshot.status == SnapshotStatus::Completed || snapshot.status == SnapshotStatus::Error;
    listing.emplace(snapshot.snapshotId.str(),
                    Ledger::Shown{snapshot.comment, isSteady ? std::optional(kFree) : std::nullopt});
  }
  return listing;
}

std::vector<Volume> allVolumes(VbsService& service) {
  return allOf<Volume>([&](const auto& next) {
    return service.describeVolumes(kContext, {.ids = {}, .maxResults = std::nullopt, .nextToken = next});
  });
}

std::vector<Snapshot> allSnapshots(VbsService& service) {
  return allOf<Snapshot>([&](const auto& next) {
    return service.describeSnapshots(kContext, {.ids = {}, .maxResults = std::nullopt, .nextToken = next});
  });
}

Client::Client(Market& market, std::string name)
    : market_(market),
      name_(std::move(name)),
      random_(market.cluster.random()),
      service_(market.cluster.channelOf(name_, "/vbs")) {}

void Client::run() {
  while (market_.operationsLeft > 0) {
    market_.cluster.scheduler().sleep(random_.between(milliseconds(1), milliseconds(1'500)));
    act();
  }
}

void Client::act() {
  const std::size_t volumes = market_.ledger.volumes().size();
  const std::size_t choice = random_.below(100);
  if (volumes < 3 || choice < 8) {
    createVolume();
  } else if (choice < 14) {
    createSnapshot();
  } else if (choice < 19) {
    deleteVolume();
  } else if (choice < 22) {
    deleteSnapshot();
  } else if (choice < 50) {
    attach();
  } else if (choice < 75) {
    detach();
  } else if (choice < 90) {
    write();
  } else {
    describe();
  }
}

/// What an error may say, whatever was asked.
void Client::judge(const Error& error) {
  note(fmt::format("is told {} ({}) about {}", toString(error.code()), toString(error.effect()),
                   error.resource()));
  market_.cluster.trace().comment(market_.cluster.scheduler().now(), name_, error.what());
  const bool isNotFound =
      error.code() == ErrorCode::VolumeNotFound || error.code() == ErrorCode::SnapshotNotFound;
  if (isNotFound && !market_.ledger.mayBeGone(error.resource())) {
    market_.contradicted(fmt::format("{} is said to be gone: {}", error.resource(), error.what()));
  }
  if (error.code() == ErrorCode::InternalError && !market_.mayBeInternal()) {
    market_.contradicted(fmt::format("an internal error without a cause: {}", error.what()));
  }
}

template <class Call>
Client::Answer Client::ask(Call call) {
  try {
    call();
    return Answer::Done;
  } catch (const Error& error) {
    judge(error);
    return error.effect() == Effect::None ? Answer::Refused : Answer::None;
  }
}

void Client::change(const std::string& id, const State& after, const std::function<void()>& call) {
  --market_.operationsLeft;
  const auto operation = market_.ledger.begin(id, after);
  const Answer answer = ask(call);
  ++market_.operationsDone;
  switch (answer) {
    case Answer::Done:
      note(fmt::format("is told that {} is {}", id, after));
      market_.ledger.done(operation);
      break;
    case Answer::Refused:
      market_.ledger.refused(operation);
      break;
    case Answer::None:
      market_.ledger.unanswered(operation);
      break;
  }
}

/// Without an answer it is asked again, with the same token.
template <class Call>
void Client::create(const std::string& tag, Call call) {
  constexpr int kTries = 3;
  --market_.operationsLeft;
  bool mayBeThere = false;
  for (int i = 0; i < kTries; ++i) {
    std::string id;
    const Answer answer = ask([&] { id = call(); });
    if (answer == Answer::Done) {
      note(fmt::format("is told that {} is made, as \"{}\"", id, tag));
      market_.ledger.created(tag, id);
      break;
    }
    if (answer == Answer::Refused && !mayBeThere) {
      market_.ledger.notCreated(tag);
      break;
    }
    mayBeThere = true;
    market_.cluster.scheduler().sleep(random_.between(milliseconds(100), milliseconds(5'000)));
  }
  ++market_.operationsDone;
}

std::string Client::newTag() {
  return name_ + "-" + std::to_string(++tags_);
}

std::optional<std::string> Client::anyOf(const std::vector<std::string>& ids) {
  if (ids.empty()) return std::nullopt;
  return random_.anyOf(ids);
}

/// Mostly one of those.
std::optional<std::string> Client::anyVolume(const std::function<bool(const std::string&)>& isLikely) {
  constexpr double kSensible = 0.85;
  const auto ids = market_.ledger.volumes();
  std::vector<std::string> likely;
  for (const std::string& id : ids) {
    if (isLikely(id)) likely.push_back(id);
  }
  return !likely.empty() && random_.chance(kSensible) ? anyOf(likely) : anyOf(ids);
}

void Client::createVolume() {
  const std::string tag = newTag();
  CreateVolumeRequest request{.sizeGiB = 1 + static_cast<std::int64_t>(random_.below(20)),
                              .comment = tag,
                              .snapshotId = std::nullopt,
                              .clientToken = tag};
  const auto snapshot = anyOf(market_.ledger.snapshots());
  if (snapshot && random_.chance(0.4)) {
    request.snapshotId = SnapshotId(*snapshot);
    request.sizeGiB.reset();
  }
  const std::string origin = request.snapshotId ? *snapshot : std::string();
  note(fmt::format("createVolume \"{}\"{}{}", tag, origin.empty() ? "" : " from ", origin));
  market_.ledger.beginCreation(tag);
  market_.contents.expectVolume(tag, origin);
  create(tag, [&] { return service_.createVolume(kContext, request).volumeId.str(); });
}

void Client::createSnapshot() {
  const auto volume = anyOf(market_.ledger.volumes());
  if (!volume) return;
  const std::string tag = newTag();
  note(fmt::format("createSnapshot \"{}\" of {}", tag, *volume));
  market_.ledger.beginCreation(tag);
  market_.contents.expectSnapshot(tag, *volume);
  create(tag, [&] {
    return service_
        .createSnapshot(kContext, {.volumeId = VolumeId(*volume), .comment = tag, .clientToken = tag})
        .snapshotId.str();
  });
}

void Client::deleteVolume() {
  const auto id = anyVolume([&](const std::string& each) { return market_.ledger.mayBe(each, kFree); });
  if (!id) return;
  note("deleteVolume " + *id);
  change(*id, kGone, [&] { service_.deleteVolume(kContext, VolumeId(*id)); });
}

void Client::deleteSnapshot() {
  const auto id = anyOf(market_.ledger.snapshots());
  if (!id) return;
  note("deleteSnapshot " + *id);
  change(*id, kGone, [&] { service_.deleteSnapshot(kContext, SnapshotId(*id)); });
}

void Client::attach() {
  const auto id = anyVolume([&](const std::string& each) { return market_.ledger.mayBe(each, kFree); });
  if (!id) return;
  static constexpr std::array<const char*, 4> kDevices{"xvdb", "xvdc", "xvdd", "xvde"};
  const AttachVolumeRequest request{.volumeId = VolumeId(*id),
                                    .vmmHostname = VmmHostname(random_.anyOf(Cluster::hosts())),
                                    .vmId = VmId(random_.chance(0.5) ? "vm1" : "vm2"),
                                    .vmDevice = VmDevice(random_.anyOf(kDevices))};
  const State place =
      fmt::format("{}/{}/{}", request.vmmHostname.str(), request.vmId.str(), request.vmDevice.str());
  note(fmt::format("attachVolume {} {}", *id, place));
  change(*id, place, [&] { service_.attachVolume(kContext, request); });
}

void Client::detach() {
  constexpr double kByForce = 0.06;
  const auto id = anyVolume([&](const std::string& each) { return !market_.ledger.mayBe(each, kFree); });
  if (!id) return;
  const bool force = random_.chance(kByForce);
  note(fmt::format("detachVolume {}{}", *id, force ? " by force" : ""));
  change(*id, kFree, [&] { service_.detachVolume(kContext, {.volumeId = VolumeId(*id), .force = force}); });
}

void Client::write() {
  const auto id = anyVolume([&](const std::string& each) { return !market_.ledger.mayBe(each, kFree); });
  if (id && market_.contents.write(market_.cluster.world(), *id)) note("a VM writes into " + *id);
}

void Client::describe() {
  const auto expected = market_.ledger.expectation();
  ask([&] {
    if (random_.chance(0.7)) {
      market_.ledger.compare(expected, listingOf(allVolumes(service_)), false);
    } else {
      market_.ledger.compare(expected, listingOf(allSnapshots(service_)), true);
    }
  });
}

}  // namespace vbs::simulation
