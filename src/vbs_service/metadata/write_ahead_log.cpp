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

  Checksum checksum((bigEndian(header, 0) & 1U) != 0);
  checksum.add(Bytes(header).first(24));
  std::size_t frames = 0;
  std::optional<std::size_t> firstBad;
  std::size_t commitsAfter = 0;
  while (true) {
    const std::vector<unsigned char> frame = readBytes(stream, kFrameHeaderBytes + *pageSize);
    if (frame.size() != kFrameHeaderBytes + *pageSize) break;
    ++frames;
    // The salts of a log's former life tell what is left of it.
    const bool isOfThisLog =
        bigEndian(frame, 8) == bigEndian(header, 16) && bigEndian(frame, 12) == bigEndian(header, 20);
    if (!firstBad) {
      checksum.add(Bytes(frame).first(8));
      checksum.add(Bytes(frame).subspan(kFrameHeaderBytes));
      if (!isOfThisLog || !checksum.stands(frame, 16)) firstBad = frames;
    }
    const bool isCommit = bigEndian(frame, 4) != 0;
    if (firstBad && isOfThisLog && isCommit) ++commitsAfter;
  }
  if (commitsAfter < 2) return;
  throwDamaged("cannot be read from frame " + std::to_string(*firstBad) + " of " + std::to_string(frames) +
               " on, and holds " + std::to_string(commitsAfter) + " transactions there");
}

}  // namespace vbs::metadata
