#include "harness/run/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "harness/core/error.h"

namespace assay {

namespace {
constexpr std::size_t kHandOverBytes = 64 << 10;
constexpr std::size_t kPendingBytesMax = 64 << 20;
constexpr std::chrono::milliseconds kFlushInterval(250);
constexpr std::chrono::seconds kSyncInterval(1);
}  // namespace

Journal::Journal(std::string path, std::unique_ptr<EventEncoder> encoder)
    : path_(std::move(path)), encoder_(std::move(encoder)) {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0) throw HarnessError("can't create " + path_ + ": " + std::strerror(errno));
  writer_ = std::thread([this] { write_loop(); });
}

Journal::~Journal() {
  try {
    close();
  } catch (const HarnessError&) {
    // Whoever cares called close() and saw it.
  }
}

void Journal::invoked(const Operation& operation) {
  encoder_->invoked(operation, index_++, line_);
  line_added();
}

void Journal::completed(const Operation& operation, Nanos at) {
  encoder_->completed(operation, at, index_++, line_);
  line_added();
}

void Journal::fault(const FaultEvent& event) {
  encoder_->fault(event, index_++, line_);
  line_added();
}

std::string Journal::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void Journal::line_added() {
  std::unique_lock lock(mutex_);
  pending_ += line_;
  line_.clear();
  if (pending_.size() < kHandOverBytes) return;  // the writer looks every quarter of a second by itself
  wake_.notify_one();
  drained_.wait(lock, [this] { return pending_.size() < kPendingBytesMax || !error_.empty(); });
}

void Journal::write_loop() {
  auto synced = std::chrono::steady_clock::now();
  std::string writing;
  std::unique_lock lock(mutex_);
  while (!closing_ || !pending_.empty()) {
    wake_.wait_for(lock, kFlushInterval, [this] { return closing_ || pending_.size() >= kHandOverBytes; });
    writing.clear();
    writing.swap(pending_);
    drained_.notify_one();
    if (!error_.empty() || writing.empty()) continue;
    lock.unlock();
    write_out(writing);
    if (std::chrono::steady_clock::now() - synced >= kSyncInterval) {
      ::fdatasync(file_);
      synced = std::chrono::steady_clock::now();
    }
    lock.lock();
  }
}

void Journal::write_out(const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(file_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const std::lock_guard lock(mutex_);
      error_ = "can't write " + path_ + ": " + std::strerror(errno);
      return;
    }
    done += static_cast<std::size_t>(count);
  }
}

void Journal::close() {
  if (file_ < 0) return;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  writer_.join();
  if (::fsync(file_) != 0 && error_.empty()) error_ = "can't sync " + path_ + ": " + std::strerror(errno);
  ::close(file_);
  file_ = -1;
  if (!error_.empty()) throw HarnessError(error_);
}

}  // namespace assay
