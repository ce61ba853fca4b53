#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vbs::simulation {

/// Where a volume or a snapshot is, for a client: kGone, kFree, or "host1/vm1/xvdb".
using State = std::string;
inline const State kGone = "gone";
inline const State kFree = "free";

/// What clients were told, and so what may be true. An operation that was acknowledged leaves its state, one
/// that was refused changes nothing, and one that was not answered may yet be done, until all is at rest.
/// Of operations on one volume at the same time any may be the last. Not thread-safe.
class Ledger {
public:
  /// `contradicted`: told what cannot be true together.
  explicit Ledger(std::function<void(const std::string&)> contradicted);

  /// An operation of a client on a volume or snapshot that is known.
  class Operation {
  public:
    const std::string& id() const { return id_; }

  private:
    friend class Ledger;
    std::string id_;
    State after_;
  };
  /// `after`: the state that it leaves when it is done.
  Operation begin(const std::string& id, const State& after);
  void done(const Operation& operation);
  void refused(const Operation& operation);
  void unanswered(const Operation& operation);

  /// A creation. `tag`: the comment of what it makes.
  void beginCreation(const std::string& tag);
  void created(const std::string& tag, const std::string& id);
  void notCreated(const std::string& tag);

  /// What the service shows of one: its state where it is steady, nothing while it is on its way.
  struct Shown {
    std::string tag;
    std::optional<State> state;
  };
  using Listing = std::map<std::string, Shown>;
  /// What is expected of a listing that is asked for now: all that nobody changes meanwhile.
  struct Expectation {
    std::map<std::string, std::pair<State, std::uint64_t>> states;  ///< with the count of changes
  };
  Expectation expectation() const;
  void compare(const Expectation& expected, const Listing& listing, bool ofSnapshots) const;

  /// All is at rest: what is shown is what is true from now on. Says what contradicts what was told.
  void rest(const Listing& volumes, const Listing& snapshots);

  /// May it not be there?
  bool mayBeGone(const std::string& id) const;
  /// Those that may be there, in a stable order.
  std::vector<std::string> volumes() const;
  std::vector<std::string> snapshots() const;
  bool mayBe(const std::string& id, const State& state) const;

private:
  struct Record {
    std::set<State> before;   ///< what it may be, but for the operations since
    std::set<State> results;  ///< of operations since that are done, or may be
    bool isAnyDone = false;   ///< one of them certainly
    bool isAnyUnanswered = false;
    int underWay = 0;
    std::uint64_t changes = 0;  ///< operations that have begun or ended
  };
  struct Creation {
    std::optional<std::string> id = std::nullopt;
    bool isRefused = false;
  };

  void settle(Record& record);
  std::set<State> possible(const Record& record) const;
  void identify(const std::string& id, const std::string& tag);

  const std::function<void(const std::string&)> contradicted_;
  std::map<std::string, Record> records_;
  std::map<std::string, Creation> creations_;
};

}  // namespace vbs::simulation
