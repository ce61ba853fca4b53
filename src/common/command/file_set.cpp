#include "common/command/file_set.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "common/command/pattern_key.h"
#include "common/model/error.h"
#include "common/properties/properties.h"
#include "common/properties/text_file.h"

namespace vbs::command {
namespace {

constexpr std::size_t kMaxBytes = 1U << 20U;
/// Far more than anybody needs: a mistake ends soon.
constexpr std::size_t kMaxFiles = 32;

void checkLength(std::string_view text) {
  if (text.size() > kMaxBytes) {
    throw Error(ErrorCode::InvalidParameter, "is larger than 1 MiB, so it is no pattern file");
  }
}

std::string textOf(const std::filesystem::path& file) {
  std::string text = readTextFile(file, kMaxBytes);
  checkLength(text);
  return text;
}

/// Where the file itself is, and not a link that leads to it.
std::filesystem::path directoryOf(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_symlink(file, error)) {
    const auto linked = std::filesystem::canonical(file, error);
    if (!error) return linked.parent_path();
  }
  return file.parent_path();
}

/// The same for all paths that lead to one file.
std::filesystem::path identityOf(const std::filesystem::path& file) {
  std::error_code error;
  auto identity = std::filesystem::weakly_canonical(std::filesystem::absolute(file, error), error);
  return error ? file : identity;
}

class FileSetReader {
public:
  FileSet read(const std::filesystem::path& file) {
    see(file);
    return readWhole(file, [&file] { return textOf(file); });
  }

  FileSet read(std::string_view text, const std::filesystem::path& file) {
    see(file);
    return readWhole(file, [text] {
      checkLength(text);
      return text;
    });
  }

private:
  using Keys = std::map<std::string, PlacedProperty, std::less<>>;

  template <class Text>
  FileSet readWhole(const std::filesystem::path& file, Text text) {
    try {
      for (const auto& [key, property] : merge(file, identityOf(file), text())) {
        set_.properties.push_back(property);
      }
    } catch (const Error& error) {
      addFault({file, 0}, error.what());
    }
    std::stable_sort(set_.properties.begin(), set_.properties.end(),
                     [this](const PlacedProperty& one, const PlacedProperty& other) {
                       return set_.isBefore(one.place, other.place);
                     });
    return std::move(set_);
  }

  /// A fault for which a file gives nothing.
  void addFault(const Place& place, std::string message) {
    set_.faults.push_back({place, std::move(message)});
    set_.isWhole = false;
  }

  void see(const std::filesystem::path& file) {
    const bool isSeen = std::any_of(set_.files.begin(), set_.files.end(), [&file](const SeenFile& seen) {
      return seen.path().native() == file.native();
    });
    if (!isSeen) set_.files.emplace_back(file);
  }

  /// The keys of a file and of what it includes. Throws Error when it has nothing in it.
  const Keys& merge(const std::filesystem::path& file, const std::filesystem::path& identity,
                    std::string_view text) {
    ReadProperties read = readProperties(text, {std::string(kInclude)});
    for (PropertyFault& fault : read.faults) {
      if (fault.line == 0) throw Error(ErrorCode::InvalidParameter, fault.message);
      set_.faults.push_back({{file, fault.line}, std::move(fault.message), fault.column});
    }
    Keys own;
    for (Property& property : read.properties) {
      if (property.key == kInclude) continue;
      own.emplace(property.key,
                  PlacedProperty{property.key, std::move(property.value), {file, property.line}});
    }
    Keys included;
    open_.push_back({file, identity});
    for (const Property& property : read.properties) {
      if (property.key != kInclude) continue;
      const Keys* keys = include({file, property.line}, property.value);
      if (keys != nullptr) addIncluded(*keys, own, included);
    }
    open_.pop_back();
    removeFrom(included, own);
    own.merge(included);
    return merged_.emplace(identity, std::move(own)).first->second;
  }

  /// Null when there is nothing to be had; the fault is told of.
  const Keys* include(const Place& from, const std::string& value) {
    if (value.empty()) {
      addFault(from, "include: has no value; expected the path of a pattern file");
      return nullptr;
    }
    const std::filesystem::path file = directoryOf(from.file) / value;
    const std::filesystem::path identity = identityOf(file);
    see(file);
    if (const auto found = merged_.find(identity); found != merged_.end()) return &found->second;
    try {
      checkCircle(file, identity);
      if (set_.files.size() > kMaxFiles) {
        throw Error(ErrorCode::InvalidParameter, "is one too many: at most " + std::to_string(kMaxFiles) +
                                                     " files make up a pattern file");
      }
      return &merge(file, identity, textOf(file));
    } catch (const Error& error) {
      addFault(from, "include: " + file.string() + ": " + error.what());
      return nullptr;
    }
  }

  void checkCircle(const std::filesystem::path& file, const std::filesystem::path& identity) const {
    const auto first = std::find_if(open_.begin(), open_.end(),
                                    [&identity](const Open& open) { return open.identity == identity; });
    if (first == open_.end()) return;
    std::string circle;
    for (auto each = first; each != open_.end(); ++each) circle += each->file.string() + " includes ";
    throw Error(ErrorCode::InvalidParameter, "goes in a circle: " + circle + file.string());
  }

  /// Adds what a file includes to what it included before.
  void addIncluded(const Keys& keys, const Keys& own, Keys& included) {
    for (const auto& [key, property] : keys) {
      if (own.contains(key)) continue;
      const auto [other, isNew] = included.emplace(key, property);
      if (isNew || other->second.place == property.place) continue;
      set_.faults.push_back({property.place, key + ": is given at " + toString(other->second.place) +
                                                 " too, and " + open_.back().file.string() +
                                                 " includes both; give it there to say which of them holds"});
    }
  }

  /// What a file says that it is without, it is not given by what it includes.
  static void removeFrom(Keys& included, const Keys& own) {
    const auto removed = own.find(kRemoved);
    if (removed == own.end()) return;
    std::istringstream names(removed->second.value);
    for (std::string name; names >> name;) {
      std::erase_if(included, [&name](const auto& entry) {
        return entry.first == name || entry.first.starts_with(name + ".");
      });
    }
  }

  struct Open {
    std::filesystem::path file;
    std::filesystem::path identity;
  };

  FileSet set_;
  std::vector<Open> open_;                        ///< those that are being read, the pattern file first
  std::map<std::filesystem::path, Keys> merged_;  ///< by identity
};

}  // namespace

bool FileSet::isBefore(const Place& one, const Place& other) const {
  if (one.file.native() == other.file.native()) return one.line < other.line;
  for (const SeenFile& seen : files) {
    if (seen.path().native() == one.file.native()) return true;
    if (seen.path().native() == other.file.native()) return false;
  }
  return false;
}

FileSet readFileSet(const std::filesystem::path& file) {
  return FileSetReader().read(file);
}

FileSet readFileSet(std::string_view text, const std::filesystem::path& file) {
  return FileSetReader().read(text, file);
}

}  // namespace vbs::command
