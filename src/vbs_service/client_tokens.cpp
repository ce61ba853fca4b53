#include "vbs_service/client_tokens.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/model/error.h"
#include "common/model/text.h"
#include "vbs_service/workflows/create_snapshot.h"
#include "vbs_service/workflows/create_volume.h"

namespace vbs {
namespace {

constexpr std::size_t kMaxCharacters = 64;
constexpr std::chrono::hours kLifetime{7 * 24};

/// The id of what the token made.
std::optional<std::string> formerResource(const metadata::MetadataReader& tx, std::string_view operation,
                                          const std::optional<std::string>& token,
                                          const std::string& parameters) {
  if (!token) return std::nullopt;
  const auto use = tx.findClientToken(operation, *token);
  if (!use) return std::nullopt;
  if (use->parameters != parameters) {
    throw Error(ErrorCode::IdempotencyMismatch,
                "client token \"" + *token + "\" made " + use->resourceId +
                    " with other parameters: repeat those, or draw a new token",
                use->resourceId);
  }
  if (const auto owner = tx.operationOn(use->resourceId); owner && owner->kind == operation) {
    throw Error(
        ErrorCode::IncorrectState,
        "the creation of " + use->resourceId + " with client token \"" + *token +
            "\" failed and its roll-back is still being retried: ask again later, or draw a new token",
        use->resourceId);
  }
  return use->resourceId;
}

[[noreturn]] void throwDeleted(const std::string& token, const std::string& id) {
  throw Error(ErrorCode::IncorrectState,
              "client token \"" + token + "\" made " + id + ", which was deleted since: draw a new token",
              id);
}

}  // namespace

void requireClientToken(const std::optional<std::string>& token) {
  if (!token) return;
  if (!token->empty() && isXmlText(*token) && characterCount(*token) <= kMaxCharacters) return;
  throw Error(ErrorCode::InvalidParameter,
              "\"" + printable(*token) + "\" is not a client token: expected 1 to " +
                  std::to_string(kMaxCharacters) + " characters, such as a UUID");
}

std::string canonicalParameters(const CreateVolumeRequest& request) {
  nlohmann::json object{{"comment", request.comment}};
  if (request.sizeGiB) object["sizeGiB"] = *request.sizeGiB;
  if (request.snapshotId) object["snapshotId"] = request.snapshotId->str();
  return object.dump();
}

std::string canonicalParameters(const CreateSnapshotRequest& request) {
  return nlohmann::json{{"comment", request.comment}, {"volumeId", request.volumeId.str()}}.dump();
}

std::optional<Volume> formerResult(const metadata::MetadataReader& tx, const CreateVolumeRequest& request) {
  const auto id = formerResource(tx, workflows::CreateVolume::kKind.name, request.clientToken,
                                 canonicalParameters(request));
  if (!id) return std::nullopt;
  auto volume = tx.findVolume(VolumeId(*id));
  if (!volume) throwDeleted(*request.clientToken, *id);
  return volume;
}

std::optional<Snapshot> formerResult(const metadata::MetadataReader& tx,
                                     const CreateSnapshotRequest& request) {
  const auto id = formerResource(tx, workflows::CreateSnapshot::kKind.name, request.clientToken,
                                 canonicalParameters(request));
  if (!id) return std::nullopt;
  auto snapshot = tx.findSnapshot(SnapshotId(*id));
  if (!snapshot) throwDeleted(*request.clientToken, *id);
  return snapshot;
}

void forgetOldClientTokens(metadata::MetadataStore& store) {
  try {
    const int forgotten = store.write(
        [](metadata::MetadataWriter& tx) { return tx.eraseClientTokensBefore(tx.now() - kLifetime); });
    if (forgotten > 0) spdlog::info("{} old client tokens of deleted resources are forgotten", forgotten);
  } catch (const Error& error) {
    spdlog::warn("old client tokens are not forgotten yet: {}", error.what());
  }
}

}  // namespace vbs
