#include "cli/administration.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/display_text.h"
#include "common/model/uuid.h"

namespace vbs::cli {
namespace {

/// The visitor of AdminCommand.
class Administration {
public:
  Administration(VbsAdmin& admin, const RecordFormat& format, Output& out, Output& err)
      : admin_(admin), format_(format), out_(out), err_(err) {}

  ExitCode operator()(const DescribeOperations&) {
    out_.write(format_.all(admin_.describeOperations(newContext())));
    return ExitCode::Done;
  }

  ExitCode operator()(const Reconcile& command) {
    const ReconcileReport report = admin_.reconcile(newContext(), command.request);
    out_.write(format_.one(report));
    for (const std::string& part : report.unreachable) {
      say(err_, fmt::format("vbs: could not be looked at: {}\n", visible(part)));
    }
    const auto failed = std::count_if(report.drifts.begin(), report.drifts.end(), [](const Drift& drift) {
      return drift.outcome == DriftOutcome::Failed;
    });
    if (failed > 0) {
      say(err_, fmt::format("vbs: {} drift{} could not be mended; the next run tries again\n", failed,
                            failed == 1 ? "" : "s"));
    }
    return failed == 0 && report.unreachable.empty() ? ExitCode::Done : ExitCode::Refused;
  }

  ExitCode operator()(const BackUpMetadata& command) {
    out_.write(format_.one(admin_.backup(newContext(), command.file)));
    return ExitCode::Done;
  }

  ExitCode operator()(const AdoptVolume& command) {
    out_.write(format_.one(admin_.adoptVolume(newContext(), command.volumeId, command.comment)));
    return ExitCode::Done;
  }

  ExitCode operator()(const AdoptSnapshot& command) {
    out_.write(format_.one(admin_.adoptSnapshot(newContext(), command.snapshotId, command.comment)));
    return ExitCode::Done;
  }

  ExitCode operator()(const DescribeCapacity&) {
    out_.write(format_.one(admin_.describeCapacity(newContext())));
    return ExitCode::Done;
  }

private:
  static RequestContext newContext() { return {RequestId(randomUuid())}; }

  VbsAdmin& admin_;
  const RecordFormat& format_;
  Output& out_;
  Output& err_;
};

}  // namespace

ExitCode administer(const AdminCommand& command, VbsAdmin& admin, const RecordFormat& format, Output& out,
                    Output& err) {
  return std::visit(Administration(admin, format, out, err), command);
}

}  // namespace vbs::cli
