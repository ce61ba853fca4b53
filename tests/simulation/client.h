#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/api/vbs_service.h"
#include "common/model/error.h"
#include "common/soap/vbs_service/client.h"
#include "simulation/cluster.h"
#include "simulation/model/contents.h"
#include "simulation/model/ledger.h"

namespace vbs::simulation {

/// What all clients of a run share.
struct Market {
  Cluster& cluster;
  Ledger& ledger;
  Contents& contents;
  std::function<void(const std::string&)> contradicted;
  /// Whether the service may have had trouble with its disk: nothing else is its own fault.
  std::function<bool()> mayBeInternal;
  int operationsLeft;  ///< to be begun, of those that change something
  int operationsDone = 0;
};

/// A user who does whatever comes to his mind, and keeps account of what he is told.
class Client {
public:
  Client(Market& market, std::string name);

  /// Returns when no operations are left.
  void run();

private:
  enum class Answer { Done, Refused, None };

  void act();
  void createVolume();
  void createSnapshot();
  void deleteVolume();
  void deleteSnapshot();
  void attach();
  void detach();
  void describe();
  void write();
  void change(const std::string& id, const State& after, const std::function<void()>& call);
  template <class Call>
  void create(const std::string& tag, Call call);
  template <class Call>
  Answer ask(Call call);
  void judge(const Error& error);
  std::string newTag();
  std::optional<std::string> anyOf(const std::vector<std::string>& ids);
  std::optional<std::string> anyVolume(const std::function<bool(const std::string&)>& isLikely);
  void note(const std::string& what) { market_.cluster.note(name_, what); }

  Market& market_;
  const std::string name_;
  Random& random_;
  soap::VbsServiceClient service_;
  int tags_ = 0;
};

/// What the service shows.
Ledger::Listing listingOf(const std::vector<Volume>& volumes);
Ledger::Listing listingOf(const std::vector<Snapshot>& snapshots);
std::vector<Volume> allVolumes(VbsService& service);
std::vector<Snapshot> allSnapshots(VbsService& service);

}  // namespace vbs::simulation
