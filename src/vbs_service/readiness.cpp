#include "vbs_service/readiness.h"

#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "common/model/error.h"

namespace vbs::service {
namespace {

constexpr const char* kMetadata = "metadata";

constexpr std::uintmax_t kMiB = std::uintmax_t{1} << 20U;
constexpr std::uintmax_t kTooLittle = 4 * kMiB;  // a transaction, its log, and that log's next checkpoint
constexpr std::uintmax_t kLittle = 64 * kMiB;

std::optional<std::string> writeFailure(metadata::MetadataStore& store) {
  if (!store.lastWriteFailure()) return std::nullopt;
  try {
    store.probe();
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

ReadinessSource metadataReadiness(metadata::MetadataStore& store) {
  return [&store]() -> std::vector<Complaint> {
    if (auto failure = writeFailure(store)) return {{kMetadata, std::move(*failure), true}};
    std::error_code error;
    const auto directory = std::filesystem::absolute(store.file()).parent_path();
    const auto space = std::filesystem::space(directory, error);
    if (error) return {{kMetadata, directory.string() + ": " + error.message(), true}};
    if (space.available >= kLittle) return {};
    return {{kMetadata, std::to_string(space.available / kMiB) + " MiB are free in " + directory.string(),
             space.available < kTooLittle}};
  };
}

ReadinessSource delegateReadiness(LastSeen& seen, std::function<void()> ask) {
  return [&seen, ask = std::move(ask)] {
    if (seen.hindrance(kVolumeDelegate)) {
      try {
        ask();
      } catch (const std::exception&) {
        // It is in `seen`.
      }
    }
    std::vector<Complaint> complaints;
    for (const auto& [part, reason] : seen.hindrances()) {  // the reason names the URL
      const bool isVolumeDelegate = part == kVolumeDelegate;
      complaints.push_back({isVolumeDelegate ? part : "VMM Delegate", reason, isVolumeDelegate});
    }
    return complaints;
  };
}

}  // namespace vbs::service
