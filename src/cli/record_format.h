#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/invocation.h"
#include "common/api/vbs_admin.h"
#include "common/model/records.h"

namespace vbs::cli {

/// How answers are written. Every function gives whole lines, each with its "\n". Stateless; thread-safe.
class RecordFormat {
public:
  virtual ~RecordFormat() = default;

  virtual std::string one(const Volume& volume) const = 0;
  virtual std::string one(const Snapshot& snapshot) const = 0;
  virtual std::string one(const Attachment& attachment) const = 0;
  virtual std::string deleted(const VolumeId& volumeId) const = 0;
  virtual std::string deleted(const SnapshotId& snapshotId) const = 0;
  virtual std::string all(const std::vector<Volume>& volumes) const = 0;
  virtual std::string all(const std::vector<Snapshot>& snapshots) const = 0;
  virtual std::string all(const std::vector<OpenOperation>& operations) const = 0;
  virtual std::string one(const ReconcileReport& report) const = 0;
  virtual std::string one(const Backup& backup) const = 0;
  virtual std::string one(const CapacityReport& report) const = 0;

  /// True when all(a) + all(b) is all(a and b): a listing may be written page by page.
  virtual bool streams() const = 0;
};

/// For people: aligned columns. `width`: the terminal's columns; none to cut nothing.
std::unique_ptr<RecordFormat> makeTableFormat(std::optional<int> width);

/// For scripts: one record a line, fields separated by one tab, as EC2's own tools order them.
std::unique_ptr<RecordFormat> makeTextFormat();

/// For programs: the field names of vbs.wsdl and vbs-admin.wsdl.
std::unique_ptr<RecordFormat> makeJsonFormat();

std::unique_ptr<RecordFormat> makeRecordFormat(OutputFormat format, std::optional<int> width);

}  // namespace vbs::cli
