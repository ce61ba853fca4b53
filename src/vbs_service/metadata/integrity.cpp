#include "vbs_service/metadata/integrity.h"

#include <optional>
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
        AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.resource_id = v.id AND o.is_exclusive)
    )sql",

    R"sql(
      SELECT 'snapshot ' || s.id || ' is ' || s.status || ', but no operation owns it' AS sentence
      FROM snapshots s
      WHERE s.status IN ('pending', 'deleting')
        AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.resource_id = s.id AND o.is_exclusive)
    )sql",

    R"sql(
      SELECT 'volume ' || v.id || ' is ' || v.status || ', but its attachment is ' || coalesce(a.status, 'missing')
        AS sentence
      FROM volumes v LEFT JOIN attachments a ON a.volume_id = v.id
      WHERE a.status IS NOT CASE v.status
        WHEN 'attaching' THEN 'attaching' WHEN 'in-use' THEN 'attached' WHEN 'detaching' THEN 'detaching' END
    )sql",

    // The schema would allow them; a status of a volume that has several is not known.
    R"sql(
      SELECT 'volume ' || volume_id || ' has ' || count(*) || ' attachments' AS sentence
      FROM attachments GROUP BY volume_id HAVING count(*) > 1
    )sql",

    R"sql(
      SELECT 'the target of volume ' || volume_id || ' is ' || target_name AS sentence
      FROM attachments WHERE target_name NOT LIKE '%:' || volume_id
    )sql",

    // What goes on beside the owner of a volume is the cleaning of a host.
    R"sql(
      SELECT 'operation ' || o.id || ' (' || o.kind || ') goes on beside others, but no host is to be cleaned of ' ||
        o.resource_id AS sentence
      FROM operations o LEFT JOIN host_cleanings c ON c.operation_id = o.id AND c.volume_id = o.resource_id
      WHERE NOT o.is_exclusive AND c.operation_id IS NULL
    )sql",
    R"sql(
      SELECT 'operation ' || o.id || ' (' || o.kind || ') cleans ' || c.vmm_hostname || ', but owns ' || o.resource_id
        AS sentence
      FROM host_cleanings c JOIN operations o ON o.id = c.operation_id WHERE o.is_exclusive
    )sql",

    // What keeps others off the place is read in the table; what is taken away there, in the parameters.
    R"sql(
      SELECT 'operation ' || o.id || ' (' || o.kind || ') is to clean ' || c.vmm_hostname ||
        ' of its volume, but its parameters say otherwise' AS sentence
      FROM host_cleanings c JOIN operations o ON o.id = c.operation_id
      WHERE c.vmm_hostname IS NOT lower(json_extract(o.context, '$.vmmHostname'))
        OR c.vm_id IS NOT json_extract(o.context, '$.vmId')
        OR c.vm_device IS NOT json_extract(o.context, '$.vmDevice')
        OR c.was_found IS NOT coalesce(json_extract(o.context, '$.wasFound'), 0)
    )sql",

    R"sql(
      SELECT r.id || ' is of kind ' || r.kind || ' on ' || r.volume_server || ', but its id was given to a ' || i.kind ||
        ' on ' || i.volume_server AS sentence
      FROM (SELECT id, 'volume' AS kind, volume_server FROM volumes
            UNION ALL SELECT id, 'snapshot', volume_server FROM snapshots
            UNION ALL SELECT id, 'attachment', volume_server FROM attachments) r
        JOIN ids i ON i.id = r.id
      WHERE i.kind <> r.kind OR i.volume_server <> r.volume_server
    )sql",

    R"sql(
      SELECT 'operation ' || o.id || ' (' || o.kind || ') is about a ' || o.resource_kind || ', but ' || i.id ||
        ' is of kind ' || i.kind AS sentence
      FROM operations o JOIN ids i ON i.id = o.resource_id WHERE i.kind <> o.resource_kind
    )sql",

    R"sql(
      SELECT r.id || ' is on ' || r.volume_server || ', but its volume ' || v.id || ' on ' || v.volume_server AS sentence
      FROM (SELECT id, volume_id, volume_server FROM snapshots
            UNION ALL SELECT id, volume_id, volume_server FROM attachments) r
        JOIN volumes v ON v.id = r.volume_id
      WHERE r.volume_server <> v.volume_server
    )sql",
};

/// Adds a sentence for each operation that contradicts its resource, or itself.
void addContradictionsOfOperations(Connection& connection, std::span<const OperationKind> kinds,
                                   std::vector<std::string>& findings) {
  Query rows = connection.query(R"sql(
    SELECT id, kind, resource_kind, resource_id, is_exclusive,
      coalesce((SELECT status FROM volumes WHERE id = o.resource_id),
               (SELECT status FROM snapshots WHERE id = o.resource_id)) AS status,
      json_extract(context, CASE resource_kind WHEN 'snapshot' THEN '$.snapshotId' ELSE '$.volumeId' END) AS subject
    FROM operations o
  )sql");
  while (findings.size() < kMaxFindings && rows.next()) {
    const auto kind = rows.get<std::string>("kind");
    const auto resourceId = rows.get<std::string>("resource_id");
    const auto status = rows.get<std::optional<std::string>>("status");
    const auto subject = rows.get<std::optional<std::string>>("subject");
    const OperationKind* known = kindNamed(kind, kinds);
    const bool isAllowed = known != nullptr ? known->resource.allows(status)
                                            : kinds.empty() || status || !rows.get<bool>("is_exclusive");
    const auto resourceKind = rows.get<ResourceKind>("resource_kind");
    const std::string sentence =
        "operation " + rows.get<std::string>("id") + " (" + kind + ") is about " + resourceId;
    if (known != nullptr && known->resource.kind() != resourceKind) {
      findings.push_back(sentence + ", which is a " + std::string(toString(resourceKind)));
    } else if (!isAllowed) {
      findings.push_back(sentence + ", which is " + status.value_or("gone"));
    } else if (subject != resourceId) {
      findings.push_back(sentence + ", but its parameters about " + subject.value_or("nothing"));
    }
  }
}

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
  reader.hostCleanings();
}

}  // namespace

void requireIntact(Connection& connection) {
  std::vector<std::string> findings;
  Query pages = connection.query("PRAGMA integrity_check(5)");
  while (pages.next()) {
    const auto found = pages.get<std::string>("integrity_check");
    if (found != "ok") findings.push_back(found);
  }
  requireNone(findings);
  requireReferences(connection);
}

void requireReferences(Connection& connection) {
  std::vector<std::string> findings;
  Query references = connection.query("PRAGMA foreign_key_check");
  while (findings.size() < kMaxFindings && references.next()) {
    findings.push_back("a row of " + references.get<std::string>("table") + " refers to one of " +
                       references.get<std::string>("parent") + " that is not there");
  }
  requireNone(findings);
}

void requireConsistent(Connection& connection, std::span<const OperationKind> kinds) {
  std::vector<std::string> findings;
  for (const std::string_view sql : kContradictions) {
    Query rows = connection.query(sql);
    while (findings.size() < kMaxFindings && rows.next())
      findings.push_back(rows.get<std::string>("sentence"));
  }
  addContradictionsOfOperations(connection, kinds, findings);
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
