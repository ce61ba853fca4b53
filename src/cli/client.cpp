#include "cli/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <string_view>

#include "cli/administration.h"
#include "cli/display_text.h"
#include "cli/endpoint.h"
#include "cli/progress.h"
#include "cli/record_format.h"
#include "cli/refusal.h"
#include "cli/service_unreachable.h"
#include "cli/traced_admin.h"
#include "cli/traced_service.h"
#include "cli/wait.h"
#include "common/model/error.h"
#include "common/model/uuid.h"
#include "common/system/duration.h"

namespace vbs::cli {
namespace {

RequestContext newContext() {
  return {RequestId(randomUuid())};
}

std::string_view idOf(const Volume& volume) {
  return volume.volumeId.str();
}
std::string_view idOf(const Snapshot& snapshot) {
  return snapshot.snapshotId.str();
}

/// Why a record that is waited for no longer is not what was asked for; empty when it is.
std::string failureOf(const Volume& volume) {
  if (volume.status == VolumeStatus::Error || volume.status == VolumeStatus::Deleting) {
    return volume.statusReason.value_or("the service gives no reason");
  }
  return {};
}
std::string failureOf(const Snapshot& snapshot) {
  if (snapshot.status == SnapshotStatus::Error || snapshot.status == SnapshotStatus::Deleting) {
    return snapshot.statusReason.value_or("the service gives no reason");
  }
  return {};
}

/// Does each kind of command with the service; the visitor of Command.
class Execution {
public:
  Execution(const Surroundings& surroundings, const RecordFormat& format, VbsService& service,
            VbsAdmin& admin)
      : surroundings_(surroundings), format_(format), service_(service), admin_(admin) {}

  ExitCode operator()(const CreateVolume& command) {
    const Volume volume = service_.createVolume(newContext(), command.request);
    return finishCreation<Volume>(volume, command.wait, [&, id = volume.volumeId] {
      return onlyRecord(
          service_.describeVolumes(newContext(), {.ids = {id}, .maxResults = {}, .nextToken = {}}));
    });
  }

  ExitCode operator()(const DeleteVolume& command) {
    service_.deleteVolume(newContext(), command.volumeId);
    return answer(format_.deleted(command.volumeId));
  }

  ExitCode operator()(const DescribeVolumes& command) {
    return list<Volume>(command.volumeIds, [&](const DescribeRequest<VolumeId>& request) {
      return service_.describeVolumes(newContext(), request);
    });
  }

  ExitCode operator()(const CreateSnapshot& command) {
    const Snapshot snapshot = service_.createSnapshot(newContext(), command.request);
    return finishCreation<Snapshot>(snapshot, command.wait, [&, id = snapshot.snapshotId] {
      return onlyRecord(
          service_.describeSnapshots(newContext(), {.ids = {id}, .maxResults = {}, .nextToken = {}}));
    });
  }

  ExitCode operator()(const DeleteSnapshot& command) {
    service_.deleteSnapshot(newContext(), command.snapshotId);
    return answer(format_.deleted(command.snapshotId));
  }

  ExitCode operator()(const DescribeSnapshots& command) {
    return list<Snapshot>(command.snapshotIds, [&](const DescribeRequest<SnapshotId>& request) {
      return service_.describeSnapshots(newContext(), request);
    });
  }

  ExitCode operator()(const AttachVolume& command) {
    return answer(format_.one(service_.attachVolume(newContext(), command.request)));
  }

  ExitCode operator()(const DetachVolume& command) {
    return answer(format_.one(service_.detachVolume(newContext(), command.request)));
  }

  ExitCode operator()(const AdminCommand& command) {
    return administer(command, admin_, format_, surroundings_.out, surroundings_.err);
  }

  ExitCode operator()(const ShowText& command) { return answer(command.text); }

private:
  ExitCode answer(std::string_view lines) {
    surroundings_.out.write(lines);
    return ExitCode::Done;
  }

  /// Follows nextToken to the end. Writes page by page where the format allows.
  template <class Record, class Id, class Ask>
  ExitCode list(const std::vector<Id>& ids, const Ask& ask) {
    DescribeRequest<Id> request{.ids = ids, .maxResults = {}, .nextToken = {}};
    std::vector<Record> held;
    while (true) {
      Page<Record> page = ask(request);
      if (format_.streams()) {
        surroundings_.out.write(format_.all(page.records));
      } else {
        std::move(page.records.begin(), page.records.end(), std::back_inserter(held));
      }
      if (!page.nextToken) break;
      if (page.nextToken == request.nextToken) {
        throw Error(ErrorCode::InternalError, "the service answers one page of the listing again and again");
      }
      request.nextToken = page.nextToken;
    }
    return format_.streams() ? ExitCode::Done : answer(format_.all(held));
  }

  template <class Record>
  static Record onlyRecord(const Page<Record>& page) {
    if (page.records.size() != 1) {
      throw Error(ErrorCode::InternalError,
                  fmt::format("the service answers {} records where one was asked for", page.records.size()));
    }
    return page.records.front();
  }

  /// Waits when that was asked for. Writes the last known state however the wait ended, so a script always
  /// gets the id of what it has created.
  template <class Record>
  ExitCode finishCreation(Record record, const std::optional<WaitOptions>& wait,
                          const std::function<Record()>& describe) {
    if (!wait) return answer(format_.one(record));
    WaitOutcome outcome = WaitOutcome::Settled;
    std::exception_ptr failure;
    {
      Progress progress(surroundings_.err, surroundings_.errWidth);
      try {
        outcome =
            waitWhilePending<Record>(record, idOf(record), describe, *wait, surroundings_.clock, progress);
      } catch (...) {
        failure = std::current_exception();
      }
    }
    surroundings_.out.write(format_.one(record));
    if (failure) std::rethrow_exception(failure);
    return conclude(record, outcome, *wait);
  }

  template <class Record>
  ExitCode conclude(const Record& record, WaitOutcome outcome, const WaitOptions& wait) {
    const std::string_view id = idOf(record);
    switch (outcome) {
      case WaitOutcome::TimedOut:
        say(surroundings_.err, fmt::format("vbs: {} is still {} after {}; the service goes on with it\n", id,
                                           toString(record.status), system::toString(*wait.timeout)));
        return ExitCode::TimedOut;
      case WaitOutcome::Interrupted:
        say(surroundings_.err,
            fmt::format("vbs: no longer waiting for {}; the service goes on with it\n", id));
        return ExitCode::Interrupted;
      case WaitOutcome::Settled:
        break;
    }
    const std::string reason = failureOf(record);
    if (reason.empty()) return ExitCode::Done;
    say(surroundings_.err,
        fmt::format("vbs: {} ended in status {}: {}\n", id, toString(record.status), visible(reason)));
    return ExitCode::Refused;
  }

  const Surroundings& surroundings_;
  const RecordFormat& format_;
  VbsService& service_;
  VbsAdmin& admin_;
};

/// A create that is asked for again because its answer was lost must not create a second volume.
template <class Creation>
void giveToken(Command& command) {
  if (auto* creation = std::get_if<Creation>(&command); creation != nullptr) {
    auto& token = creation->request.clientToken;
    if (!token) token = randomUuid();
  }
}

std::string afterLostAnswer(const AdminCommand& command) {
  if (const auto* c = std::get_if<BackUpMetadata>(&command)) {
    return fmt::format(
        "vbs: if the request got through, {} is being written; another backup needs another name\n",
        visible(c->file));
  }
  if (std::holds_alternative<AdoptVolume>(command)) {
    return "vbs: if the request got through, vbs describe-volumes shows its result\n";
  }
  if (std::holds_alternative<AdoptSnapshot>(command)) {
    return "vbs: if the request got through, vbs describe-snapshots shows its result\n";
  }
  if (std::holds_alternative<Reconcile>(command)) {
    return "vbs: if the request got through, the service goes on with it; asking again does no harm\n";
  }
  return {};
}

/// How to find out whether a request took effect whose answer was lost, or how to ask it again.
std::string afterLostAnswer(const Command& command) {
  constexpr std::string_view kAgain =
      "vbs: if the request got through, --client-token {} with the same command finds its result and creates "
      "nothing twice\n";
  constexpr std::string_view kLook =
      "vbs: if the request got through, vbs describe-volumes {} shows its result\n";
  if (const auto* c = std::get_if<CreateVolume>(&command)) {
    return fmt::format(kAgain, c->request.clientToken.value_or(""));
  }
  if (const auto* c = std::get_if<CreateSnapshot>(&command)) {
    return fmt::format(kAgain, c->request.clientToken.value_or(""));
  }
  if (const auto* c = std::get_if<AttachVolume>(&command))
    return fmt::format(kLook, c->request.volumeId.str());
  if (const auto* c = std::get_if<DetachVolume>(&command))
    return fmt::format(kLook, c->request.volumeId.str());
  if (const auto* c = std::get_if<AdminCommand>(&command)) return afterLostAnswer(*c);
  return {};
}

bool changesAnything(const Command& command) {
  if (const auto* admin = std::get_if<AdminCommand>(&command)) {
    if (const auto* reconcile = std::get_if<Reconcile>(admin)) return !reconcile->request.dryRun;
    return std::holds_alternative<BackUpMetadata>(*admin) || std::holds_alternative<AdoptVolume>(*admin) ||
           std::holds_alternative<AdoptSnapshot>(*admin);
  }
  return !std::holds_alternative<DescribeVolumes>(command) &&
         !std::holds_alternative<DescribeSnapshots>(command) && !std::holds_alternative<ShowText>(command);
}

ExitCode outputFailed(const OutputError& error, const Command& command, Output& err) {
  const bool readerLeft = error.code() == std::errc::broken_pipe;
  if (!readerLeft || changesAnything(command)) {
    say(err,
        fmt::format("vbs: {}the answer could not be written: {}\n",
                    changesAnything(command) ? "the request was done, but " : "", error.code().message()));
  }
  return ExitCode::Output;
}

/// What to do about an endpoint where something answers that is not the service.
std::string afterWrongEndpoint(const std::string& endpoint, const Command& command) {
  if (const auto likely = likelyEndpoint(endpoint)) {
    return fmt::format("vbs: try: --endpoint {}\n", visible(*likely));
  }
  if (std::holds_alternative<AdminCommand>(command)) {
    return "vbs: an older service has no administration, and a proxy may keep it from this machine\n";
  }
  return {};
}

std::string describeUnreachable(const ServiceUnreachable& error, const Invocation& invocation) {
  constexpr int kNotFound = 404;
  const bool nothingIsThere = error.httpStatus() == kNotFound;
  return fmt::format(
             "vbs: no answer from the VBS Service: {}\n"
             "vbs: the endpoint in use is {}; --endpoint URL or VBS_ENDPOINT sets another\n",
             visible(error.what()), visible(invocation.endpoint)) +
         (nothingIsThere ? afterWrongEndpoint(invocation.endpoint, invocation.command)
                         : afterLostAnswer(invocation.command));
}

/// Throws UsageError when the endpoint is no URL.
ExitCode ask(const Invocation& invocation, const Surroundings& surroundings) {
  std::unique_ptr<VbsService> service;
  std::unique_ptr<VbsAdmin> admin;
  try {
    service = surroundings.connect(invocation.endpoint);
    admin = surroundings.connectAdmin(adminEndpoint(invocation.endpoint));
  } catch (const Error& error) {
    throw UsageError(fmt::format("vbs: --endpoint (or VBS_ENDPOINT): {}\n", visible(error.what())));
  }
  Surroundings effective = surroundings;
  if (invocation.verbose) {
    const auto log = [&](const std::string& line) { say(surroundings.err, "vbs: " + line + "\n"); };
    service = traced(std::move(service), log);
    admin = traced(std::move(admin), log);
    effective.errWidth.reset();  // a bar and lines of text do not go together
  }
  const auto format = makeRecordFormat(invocation.format, surroundings.outWidth);
  return std::visit(Execution(effective, *format, *service, *admin), invocation.command);
}

ExitCode execute(const Invocation& invocation, const Surroundings& surroundings) {
  const Command& command = invocation.command;
  try {
    if (const auto* text = std::get_if<ShowText>(&command)) {
      surroundings.out.write(text->text);
      return ExitCode::Done;
    }
    return ask(invocation, surroundings);
  } catch (const Error& error) {
    say(surroundings.err, describeRefusal(error, command));
    return ExitCode::Refused;
  } catch (const ServiceUnreachable& error) {
    say(surroundings.err, describeUnreachable(error, invocation));
    return ExitCode::Unreachable;
  } catch (const OutputError& error) {
    return outputFailed(error, command, surroundings.err);
  }
}

}  // namespace

ExitCode runClient(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  try {
    Invocation invocation = parseCommandLine(arguments, surroundings.environment);
    giveToken<CreateVolume>(invocation.command);
    giveToken<CreateSnapshot>(invocation.command);
    return execute(invocation, surroundings);
  } catch (const UsageError& error) {
    say(surroundings.err, error.what());
    return ExitCode::Usage;
  } catch (const std::exception& error) {
    say(surroundings.err, fmt::format("vbs: unexpected failure: {}\n", visible(error.what())));
    return ExitCode::Refused;
  }
}

}  // namespace vbs::cli
