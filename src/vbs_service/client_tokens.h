#pragma once

#include <optional>
#include <string>

#include "common/api/vbs_service.h"
#include "vbs_service/metadata/metadata_reader.h"
#include "vbs_service/metadata/metadata_store.h"

namespace vbs {

/// Throws Error{InvalidParameter} unless it is 1 to 64 characters of XML text, or absent.
void requireClientToken(const std::optional<std::string>& token);

/// A request's parameters as one text, the same for equal requests; the token itself is left out.
std::string canonicalParameters(const CreateVolumeRequest& request);
std::string canonicalParameters(const CreateSnapshotRequest& request);

/// What an earlier request with this token made, as it is now; nothing when the token is new or free again.
/// Throws IdempotencyMismatch when it came with other parameters, IncorrectState when what it made was
/// deleted since or its roll-back is still being retried.
std::optional<Volume> formerResult(const metadata::MetadataReader& tx, const CreateVolumeRequest& request);
std::optional<Snapshot> formerResult(const metadata::MetadataReader& tx,
                                     const CreateSnapshotRequest& request);

/// Frees the tokens that are a week old and more and whose volume or snapshot is gone. No client repeats a
/// request for so long, and the other tokens still tell what they made. For the start of the service. Logs
/// what goes wrong, as a service must start on a full disk, too.
void forgetOldClientTokens(metadata::MetadataStore& store);

}  // namespace vbs
