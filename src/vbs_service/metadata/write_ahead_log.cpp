#include "vbs_service/metadata/write_ahead_log.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/model/error.h"

// The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log

namespace vbs::metadata {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kFrameChecksumAt = 16;
constexpr std::uint32_t kMagic = 0x377f0682;  // its last bit tells the byte order of the checksums' words

using Bytes = std::span<const unsigned char>;

std::uint32_t bigEndian(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24U | static_cast<std::uint32_t>(bytes[at + 1]) << 16U |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8U | static_cast<std::uint32_t>(bytes[at + 3]);
}

std::uint32_t littleEndian(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at + 3]) << 24U | static_cast<std::uint32_t>(bytes[at + 2]) << 16U |
         static_cast<std::uint32_t>(bytes[at + 1]) << 8U | static_cast<std::uint32_t>(bytes[at]);
}

/// Cumulative over the header and all frames.
class Checksum {
public:
  explicit Checksum(bool wordsAreBigEndian) : wordsAreBigEndian_(wordsAreBigEndian) {}

  /// The one that is written there, to go on from.
  Checksum writtenIn(Bytes bytes, std::size_t at) const {
    Checksum written(wordsAreBigEndian_);
    written.first_ = bigEndian(bytes, at);
    written.second_ = bigEndian(bytes, at + 4);
    return written;
  }

  /// `bytes`: a multiple of 8.
  void add(Bytes bytes) {
    const auto word = wordsAreBigEndian_ ? bigEndian : littleEndian;
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
      first_ += word(bytes, at) + second_;
      second_ += word(bytes, at + 4) + first_;
    }
  }
  bool stands(Bytes bytes, std::size_t at) const {
    return first_ == bigEndian(bytes, at) && second_ == bigEndian(bytes, at + 4);
  }
  void addFrame(Bytes frame) {
    add(frame.first(8));
    add(frame.subspan(kFrameHeaderBytes));
  }
  /// True for a frame that was written after what this is the checksum of.
  bool isContinuedBy(Bytes frame) const {
    Checksum after = *this;
    after.addFrame(frame);
    return after.stands(frame, kFrameChecksumAt);
  }

private:
  bool wordsAreBigEndian_;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

std::vector<unsigned char> readBytes(std::ifstream& stream, std::size_t count) {
  std::vector<unsigned char> bytes(count);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

[[noreturn]] void throwDamaged(const std::string& what) {
  throw Error(ErrorCode::InternalError, "is damaged: its write-ahead log (the -wal beside it) " + what);
}

/// The page size of a log whose header is whole.
std::optional<std::size_t> pageSizeIn(Bytes header) {
  if (header.size() != kHeaderBytes || (bigEndian(header, 0) & ~1U) != kMagic) return std::nullopt;
  Checksum checksum((bigEndian(header, 0) & 1U) != 0);
  checksum.add(header.first(24));
  const std::size_t size = bigEndian(header, 8);
  const bool isPageSize = size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
  return checksum.stands(header, 24) && isPageSize ? std::optional(size) : std::nullopt;
}

/// A bad frame may be the torn end of a transaction that was never synced, and whole ones may lie behind it,
/// of others that were written at the same place before, and failed or were torn, too: each with its commit.
/// But SQLite goes on after a commit only once it is synced, or was found whole at a start, and so was told
/// of. So a commit is lost for certain when a frame goes on from its checksum. `computed`: of the header;
/// `stream` is at the first frame.
void requireNoneLost(std::ifstream& stream, Bytes header, std::size_t pageSize, Checksum computed) {
  std::size_t frames = 0;
  std::size_t firstBad = 0;  // 0: none yet
  std::size_t lost = 0;
  bool isAfterCommit = false;
  Checksum written = computed;
  while (true) {
    const std::vector<unsigned char> frame = readBytes(stream, kFrameHeaderBytes + pageSize);
    if (frame.size() != kFrameHeaderBytes + pageSize) break;
    ++frames;
    // The salts of a log's former life tell what is left of it.
    const bool isOfThisLog =
        bigEndian(frame, 8) == bigEndian(header, 16) && bigEndian(frame, 12) == bigEndian(header, 20);
    if (firstBad == 0) {
      computed.addFrame(frame);
      if (!isOfThisLog || !computed.stands(frame, kFrameChecksumAt)) firstBad = frames;
    } else if (isAfterCommit && isOfThisLog) {
      // Of the first bad frame, the checksum itself may be what is damaged.
      const bool isAfterFirstBad = frames == firstBad + 1;
      if (written.isContinuedBy(frame) || (isAfterFirstBad && computed.isContinuedBy(frame))) ++lost;
    }
    isAfterCommit = bigEndian(frame, 4) != 0;
    written = computed.writtenIn(frame, kFrameChecksumAt);
  }
  if (lost == 0) return;
  throwDamaged("cannot be read from frame " + std::to_string(firstBad) + " of " + std::to_string(frames) +
               " on, where at least " + std::to_string(lost) + " transactions were committed");
}

}  // namespace

void requireIntactLog(const std::filesystem::path& database) {
  std::ifstream stream(database.string() + "-wal", std::ios::binary);
  const std::vector<unsigned char> header = readBytes(stream, kHeaderBytes);
  if (header.empty()) return;
  if (std::error_code error;
      !std::filesystem::exists(database) || std::filesystem::file_size(database, error) == 0) {
    throwDamaged("is there, but it is not");
  }
  const bool hasFrames = stream.peek() != std::ifstream::traits_type::eof();
  if (!hasFrames) return;
  const auto pageSize = pageSizeIn(header);
  if (!pageSize) throwDamaged("has a damaged header, so nothing in it can be read");

  Checksum computed((bigEndian(header, 0) & 1U) != 0);
  computed.add(Bytes(header).first(24));
  requireNoneLost(stream, header, *pageSize, computed);
}

}  // namespace vbs::metadata
