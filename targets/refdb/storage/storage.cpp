#include "targets/refdb/storage/storage.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/core/error.h"
#include "targets/refdb/storage/log_check.h"

namespace assay::refdb {

namespace {

constexpr std::size_t kMemtableSizeBytes = 32u << 20;

std::string quoted(const std::string& path) { return "\"" + path + "\""; }

// What a person can do about it, in the words of this program.
std::string explain(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return "the disk is full (" + status.ToString() + ")";
  if (status.IsCorruption()) {
    return "the data is damaged; move the folder away and let the node start empty (" + status.ToString() +
           ")";
  }
  return status.ToString();
}

rocksdb::Options database_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  options.write_buffer_size = kMemtableSizeBytes;
  options.max_write_buffer_number = 4;
  options.bytes_per_sync = 1u << 20;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  options.max_open_files = 64;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;  // the map is read once, when the node starts
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// The folder, ours alone as long as the object lives.
class LockedFolder {
 public:
  explicit LockedFolder(const StorageOptions& options) {
    const std::string& path = options.directory;
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail_to_use(options, "create", errno);
    const std::string lock = path + "/LOCK";
    descriptor_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail_to_use(options, "write to", errno);
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor_);
      throw HarnessError("node " + options.node + ": the data folder " + quoted(path) +
                         " is locked by another refdb process");
    }
  }
  ~LockedFolder() { ::close(descriptor_); }
  LockedFolder(const LockedFolder&) = delete;
  LockedFolder& operator=(const LockedFolder&) = delete;

 private:
  [[noreturn]] static void fail_to_use(const StorageOptions& options, const char* what, int error) {
    const std::string sentence = "node " + options.node + ": can't " + what + " the data folder " +
                                 quoted(options.directory) + ": " + std::strerror(error);
    if (error == ENOSPC || error == EDQUOT || error == EIO) throw HarnessError(sentence);
    throw InputError(sentence);
  }
  int descriptor_ = -1;
};

std::string read_small_file(const std::string& path, bool& exists) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  exists = descriptor >= 0;
  std::string text(4096, '\0');
  const ssize_t size = exists ? ::read(descriptor, text.data(), text.size()) : 0;
  if (exists) ::close(descriptor);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

// Renamed into place, so that a crash leaves either no identity or a whole one.
bool write_small_file(const std::string& directory, const std::string& name, const std::string& text) {
  const std::string path = directory + "/" + name, draft = path + ".new";
  const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return false;
  bool good = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
              ::fsync(descriptor) == 0;
  ::close(descriptor);
  good = good && ::rename(draft.c_str(), path.c_str()) == 0;
  const int folder = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  good = good && ::fsync(folder) == 0;
  ::close(folder);
  return good;
}

// RocksDB numbers its logs, with leading zeros.
void check_logs(const StorageOptions& options) {
  std::vector<std::string> paths;
  std::error_code no_database;
  for (const auto& entry : std::filesystem::directory_iterator(options.directory + "/db", no_database)) {
    if (entry.path().extension() == ".log") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> logs;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    logs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (file.bad()) throw HarnessError("node " + options.node + ": can't read " + quoted(path));
  }
  const auto damage = find_log_damage(logs);
  if (!damage) return;
  const std::string& path = paths[damage->log];
  throw HarnessError("node " + options.node + ": the data is damaged: the record at byte " +
                     std::to_string(damage->offset) + " of " + quoted(path) +
                     " is not whole, and had been synced when those after it were written");
}

void check_identity(const StorageOptions& options) {
  if (options.identity.empty()) return;
  bool exists = false;
  const std::string found = read_small_file(options.directory + "/IDENTITY", exists);
  if (exists && found != options.identity) {
    throw InputError("node " + options.node + ": the data folder " + quoted(options.directory) +
                     " belongs to \"" + found + "\", not to \"" + options.identity + "\"");
  }
  if (!exists && !write_small_file(options.directory, "IDENTITY", options.identity)) {
    throw HarnessError("node " + options.node + ": can't write to the data folder " +
                       quoted(options.directory) + ": " + std::strerror(errno));
  }
}

}  // namespace

struct Storage::Batch::State {
  rocksdb::WriteBatch batch;
};

Storage::Batch::Batch() : state_(std::make_unique<State>()) {}
Storage::Batch::~Batch() = default;

void Storage::Batch::add(const std::vector<Write>& writes,
                         const std::vector<std::pair<std::string, std::string>>& delete_ranges) {
  for (const Write& write : writes) {
    if (write.value) {
      state_->batch.Put(write.key, *write.value);
    } else {
      state_->batch.Delete(write.key);
    }
  }
  for (const auto& [first, last] : delete_ranges) {
    if (first < last) state_->batch.DeleteRange(first, last);
  }
}

void Storage::Batch::clear() { state_->batch.Clear(); }
bool Storage::Batch::empty() const { return state_->batch.Count() == 0; }
std::size_t Storage::Batch::size_bytes() const { return state_->batch.GetDataSize(); }

struct Storage::State {
  StorageOptions options;
  LockedFolder folder;  // outlives the database
  std::unique_ptr<rocksdb::DB> database;
  std::uint64_t synced = 0;  // the number of the last operation that sync() kept

  explicit State(StorageOptions given) : options(std::move(given)), folder(options) {}

  void check(const rocksdb::Status& status, const char* what) const {
    if (status.ok()) return;
    throw HarnessError("node " + options.node + ": can't " + what + " the data folder " +
                       quoted(options.directory) + ": " + explain(status));
  }
};

Storage::Storage(StorageOptions options) : state_(std::make_unique<State>(std::move(options))) {
  check_identity(state_->options);
  check_logs(state_->options);
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(database_options(), state_->options.directory + "/db", &opened);
  state_->database.reset(opened);
  state_->check(status, "open");
}

Storage::~Storage() = default;

void Storage::apply(Batch& batch) {
  if (batch.empty()) return;
  rocksdb::WriteOptions options;
  options.sync = false;
  batch.state_->batch.Put(rocksdb::Slice(kSyncedMark.data(), kSyncedMark.size()),
                          synced_mark(state_->synced));
  state_->check(state_->database->Write(options, &batch.state_->batch), "write to");
}

void Storage::apply(const std::vector<Write>& writes,
                    const std::vector<std::pair<std::string, std::string>>& delete_ranges) {
  Batch batch;
  batch.add(writes, delete_ranges);
  apply(batch);
}

void Storage::sync() {
  const std::uint64_t applied = state_->database->GetLatestSequenceNumber();
  state_->check(state_->database->SyncWAL(), "sync");
  state_->synced = applied;
}

void Storage::scan(std::string_view prefix,
                   const std::function<void(std::string_view key, std::string_view value)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> iterator(state_->database->NewIterator(rocksdb::ReadOptions()));
  const rocksdb::Slice start(prefix.data(), prefix.size());
  for (iterator->Seek(start); iterator->Valid() && iterator->key().starts_with(start); iterator->Next()) {
    const rocksdb::Slice key = iterator->key(), value = iterator->value();
    if (std::string_view(key.data(), key.size()) == kSyncedMark) continue;
    visit(std::string_view(key.data(), key.size()), std::string_view(value.data(), value.size()));
  }
  state_->check(iterator->status(), "read");
}

}  // namespace assay::refdb
