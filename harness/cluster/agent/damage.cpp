#include "harness/cluster/agent/damage.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBlockBytes = 4096;

bool ends_in(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void write_at(const std::string& path, std::int64_t offset, const std::string& bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() ||
      ::pwrite(file.get(), bytes.data(), bytes.size(), offset) != static_cast<ssize_t>(bytes.size()) ||
      ::fsync(file.get()) != 0) {
    throw_errno("can't damage " + path);
  }
}

// What differs between the file now and `before`, from `offset` on.
bool differs(const std::string& path, const std::string& before) { return read_whole_file(path) != before; }

}  // namespace

std::optional<DamagePlace> damage_place(const std::string& name) {
  if (name == "log") return DamagePlace::log;
  if (name == "data") return DamagePlace::data;
  if (name == "snapshot") return DamagePlace::snapshot;
  return std::nullopt;
}

std::optional<DamagePlace> place_of_file(const std::string& path) {
  std::string low = path;
  std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string name = path.substr(path.rfind('/') + 1);
  for (const char* note : {"LOG", "LOCK", "IDENTITY", "OPTIONS"}) {
    if (name.rfind(note, 0) == 0) return std::nullopt;
  }
  if (low.find("snap") != std::string::npos || ends_in(low, ".rdb")) return DamagePlace::snapshot;
  for (const char* end : {".log", ".wal", ".aof"}) {
    if (ends_in(low, end)) return DamagePlace::log;
  }
  if (low.find("wal") != std::string::npos || low.find("journal") != std::string::npos)
    return DamagePlace::log;
  return DamagePlace::data;
}

std::string find_file(const std::string& folder, DamagePlace place, std::uint64_t draw) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    std::error_code gone;
    if (!entry.is_regular_file(gone) || entry.file_size(gone) < 16 || gone) continue;
    const std::string path = entry.path().string();
    if (place_of_file(path.substr(folder.size())) == place)
      found.emplace_back(entry.last_write_time(gone), path);
  }
  if (found.empty()) return {};
  if (place == DamagePlace::log) return std::max_element(found.begin(), found.end())->second;
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return found[draw % found.size()].second;
}

OldBlock last_block(const std::string& path) {
  const std::string content = read_whole_file(path);
  const auto size = static_cast<std::int64_t>(content.size());
  OldBlock block{.offset = std::max<std::int64_t>(size - 1, 0) / kBlockBytes * kBlockBytes, .bytes = {}};
  block.bytes = content.substr(static_cast<std::size_t>(block.offset));
  block.bytes.resize(kBlockBytes, '\0');
  return block;
}

DamageDone damage_file(const std::string& path, const std::string& kind, std::uint64_t draw) {
  const std::string before = read_whole_file(path);
  const auto size = static_cast<std::int64_t>(before.size());
  const std::int64_t front = std::max<std::int64_t>(size * 3 / 4, 1);
  DamageDone done;
  if (kind == "truncate") {
    done.offset =
        size - 1 -
        static_cast<std::int64_t>(draw % static_cast<std::uint64_t>(std::max<std::int64_t>(size / 2, 1)));
    done.size_bytes = size - done.offset;
    if (::truncate(path.c_str(), done.offset) != 0) throw_errno("can't damage " + path);
  } else if (kind == "misdirect") {
    const std::int64_t blocks = size / kBlockBytes;
    if (blocks < 2) return {};
    const std::int64_t to = static_cast<std::int64_t>(draw % static_cast<std::uint64_t>(blocks - 1));
    done.offset = to * kBlockBytes;
    done.size_bytes = kBlockBytes;
    write_at(path, done.offset,
             before.substr(static_cast<std::size_t>(done.offset + kBlockBytes), kBlockBytes));
  } else {
    done.offset = static_cast<std::int64_t>(draw % static_cast<std::uint64_t>(front));
    done.size_bytes = 1;
    const char byte = before[static_cast<std::size_t>(done.offset)];
    write_at(path, done.offset, std::string(1, static_cast<char>(byte ^ (1 << (draw >> 32) % 8))));
  }
  done.changed = differs(path, before);
  return done;
}

DamageDone write_old_block(const std::string& path, const OldBlock& block) {
  const std::string before = read_whole_file(path);
  // Only what was written since is old.
  const std::string since =
      before.substr(std::min(before.size(), static_cast<std::size_t>(block.offset)), kBlockBytes);
  if (since == block.bytes.substr(0, since.size())) return {};
  write_at(path, block.offset, block.bytes.substr(0, since.size()));
  return {.offset = block.offset,
          .size_bytes = static_cast<std::int64_t>(since.size()),
          .changed = differs(path, before)};
}

void replace_folder(const std::string& from, const std::string& to) {
  make_folders(to);
  // The folder itself stays, with its owner; those of what is in it come along.
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(to, error)) {
    fs::remove_all(entry.path(), error);
    if (error) break;
  }
  const CommandOutcome copied = run_command({"cp", "-a", from + "/.", to});
  if (error || copied.exit_status != 0)
    throw AgentError("can't copy " + from + " to " + to + ": " + (error ? error.message() : copied.output));
}

}  // namespace assay::agent
