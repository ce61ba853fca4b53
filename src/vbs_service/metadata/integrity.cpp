#include "vbs_service/metadata/integrity.h"

#include <string>
#include <string_view>
#include <vector>

#include "common/model/error.h"
#include "common/model/text.h"
#include "vbs_service/metadata/metadata_reader.h"

namespace vbs::metadata {
namespace {

// More are the consequences of these.
constexpr std::size_t kMaxFindings = 5;

void requireNone(const std::vector<std::string>& findings) {
  if (findings.empty()) return;
  std::string message = "is damaged: ";
  for (std::size_t i = 0; i < findings.size(); ++i) message += (i > 0 ? "; " : "") + printable(findings[i]);
  throw Error(ErrorCode::InternalError, message);
}

/// Each answers a `sentence` for each row that contradicts another one, or itself.
constexpr std::string_view kContradictions[]{
    R"sql(
      SELECT 'volume ' || v.id || ' is ' || v.status || ', but no operation owns it' AS sentence
      FROM volumes v
      WHERE v.status IN ('attaching', 'detaching', 'deleting')
        AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.resource_id = v.id AND o.kind <> 'cleanHost')
    )sql",

    R"sql(
      SELECT 'snapshot ' || s.id || ' is ' || s.status || ', but no operation owns it' AS sentence
      FROM snapshots s
      WHERE s.status IN ('pending', 'deleting')
        AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.resource_id = s.id)
    )sql",

    R"sql(
      SELECT 'volume ' || v.id || ' is ' || v.status || ', but its attachment is ' || coalesce(a.status, 'missing')
        AS sentence
      FROM volumes v LEFT JOIN attachments a ON a.volume_id = v.id
      WHERE a.status IS NOT CASE v.status
        WHEN 'attaching' THEN 'attaching' WHEN 'in-use' THEN 'attached' WHEN 'detaching' THEN 'detaching' END
    )sql",

    R"sql(
      SELECT 'the target of volume ' || volume_id || ' is ' || target_name AS sentence
      FROM attachments WHERE target_name NOT LIKE '%:' || volume_id
    )sql",

    // A kind that is not known here belongs to a newer program, and asks for something that exists at least.
    R"sql(
      SELECT 'operation ' || id || ' (' || kind || ') is about ' || resource_id || ', which is ' ||
        coalesce(status, 'gone') AS sentence
      FROM (SELECT id, kind, resource_id, coalesce((SELECT status FROM volumes WHERE id = o.resource_id),
                                                   (SELECT status FROM snapshots WHERE id = o.resource_id)) AS status
            FROM operations o WHERE kind <> 'cleanHost')
      WHERE CASE
        WHEN kind IN ('createVolume', 'restartCopy', 'createSnapshot') THEN status IS NOT 'pending'
        WHEN kind IN ('deleteVolume', 'deleteSnapshot') THEN status IS NOT 'deleting'
        WHEN kind = 'attachVolume' THEN status IS NOT 'attaching'
        WHEN kind = 'detachVolume' THEN status IS NOT 'detaching'
        WHEN kind = 'restoreAttachment' THEN status IS NOT 'in-use'
        WHEN kind = 'removeStrayTarget' THEN coalesce(status IN ('attaching', 'in-use', 'detaching'), FALSE)
        WHEN kind IN ('removeOrphanVolume', 'removeOrphanSnapshot') THEN status IS NOT NULL
        WHEN kind = 'forceDetach' THEN coalesce(status NOT IN ('attaching', 'detaching'), TRUE)
        ELSE status IS NULL END
    )sql",

    R"sql(
      SELECT 'operation ' || id || ' (' || kind || ') is about ' || resource_id || ', but its context about ' ||
        coalesce(subject, 'nothing') AS sentence
      FROM (SELECT id, kind, resource_id, json_extract(context, CASE
              WHEN kind IN ('createSnapshot', 'deleteSnapshot', 'removeOrphanSnapshot') THEN '$.snapshotId'
              ELSE '$.volumeId' END) AS subject
            FROM operations)
      WHERE subject IS NOT resource_id
    )sql",

    R"sql(
      SELECT r.id || ' is a ' || r.kind || ', but its id was given to a ' || i.kind AS sentence
      FROM (SELECT id, 'volume' AS kind FROM volumes UNION ALL SELECT id, 'snapshot' FROM snapshots) r
        JOIN ids i ON i.id = r.id
      WHERE i.kind <> r.kind
    )sql",
};

/// Reads every row as the service does, so that what it could not read is found now.
void readEverything(Connection& connection) {
  const MetadataReader reader(connection);
  const auto readAll = [](auto describe) {
    std::optional<std::string> next;
    do {
      next = describe(next).nextToken;
    } while (next);
  };
  readAll([&](const std::optional<std::string>& next) {
    return reader.describeVolumes({.ids = {}, .maxResults = std::nullopt, .nextToken = next});
  });
  readAll([&](const std::optional<std::string>& next) {
    return reader.describeSnapshots({.ids = {}, .maxResults = std::nullopt, .nextToken = next});
  });
  reader.attachments();
  reader.openOperations();
}

}  // namespace

void requireIntact(Connection& connection) {
  std::vector<std::string> findings;
  Query pages = connection.query("PRAGMA integrity_check(5)");
  while (pages.next()) {
    const auto found = pages.get<std::string>("integrity_check");
    if (found != "ok") findings.push_back(found);
  }
  if (findings.empty()) {
    Query references = connection.query("PRAGMA foreign_key_check");
    while (findings.size() < kMaxFindings && references.next()) {
      findings.push_back("a row of " + references.get<std::string>("table") + " refers to one of " +
                         references.get<std::string>("parent") + " that is not there");
    }
  }
  requireNone(findings);
}

void requireConsistent(Connection& connection) {
  std::vector<std::string> findings;
  for (const std::string_view sql : kContradictions) {
    Query rows = connection.query(sql);
    while (findings.size() < kMaxFindings && rows.next())
      findings.push_back(rows.get<std::string>("sentence"));
  }
  if (findings.empty()) {
    try {
      readEverything(connection);
    } catch (const Error& error) {
      findings.emplace_back(error.what());
    }
  }
  requireNone(findings);
}

}  // namespace vbs::metadata
