#include "harness/cluster/agent/server.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "harness/cluster/agent/duties.h"
#include "harness/cluster/agent/guardian.h"
#include "harness/cluster/agent/host_lock.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

using cluster::Message;

// Lines from standard input, read by a thread of their own that tells the guardian of every one.
class Inbox {
 public:
  explicit Inbox(Guardian& guardian) : guardian_(guardian), thread_([this] { read_lines(); }) {
    thread_.detach();
  }

  // Waits for it, so long at most (-1: for ever). When the controller is gone this never returns: the process ends.
  std::optional<std::string> next(int milliseconds) {
    std::unique_lock lock(mutex_);
    const auto arrived = [&] { return !lines_.empty(); };
    if (milliseconds < 0) {
      changed_.wait(lock, arrived);
    } else if (!changed_.wait_for(lock, std::chrono::milliseconds(milliseconds), arrived)) {
      return std::nullopt;
    }
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }

 private:
  void read_lines() {
    std::string pending;
    char buffer[4096];
    while (true) {
      const ssize_t count = ::read(0, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      guardian_.beat();
      pending.append(buffer, static_cast<std::size_t>(count));
      for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
        push(pending.substr(0, end));
        pending.erase(0, end + 1);
      }
    }
    // Whatever the worker does at this moment: the guardian undoes everything now.
    ::_exit(3);
  }

  void push(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_one();
  }

  Guardian& guardian_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::thread thread_;
};

void write_line(std::string line) {
  line += '\n';
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t count = ::write(1, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(count));
  }
}

Message answer(Duties& duties, const std::string& line) {
  const auto request = Message::parse(line);
  Message reply;
  if (!request) {
    reply.verb = "error";
    reply.add("message", "a line that is no request");
    return reply;
  }
  if (request->verb == "beat") return reply;
  try {
    reply = duties.perform(*request);
    reply.verb = "ok";
  } catch (const std::exception& error) {
    reply = {};
    reply.verb = "error";
    reply.add("message", error.what());
  }
  reply.number = request->number;
  return reply;
}

// What fails here fails again, and is told, when the controller asks for something.
int tick(Duties& duties) {
  constexpr int kMillisecondsAfterTrouble = 100;
  try {
    return duties.tick();
  } catch (const std::exception&) {
    return kMillisecondsAfterTrouble;
  }
}

// Returns after a stop that worked.
void converse(Duties& duties, Inbox& inbox) {
  while (true) {
    const std::optional<std::string> next = inbox.next(tick(duties));
    if (!next) continue;
    const std::string& line = *next;
    const Message reply = answer(duties, line);
    if (reply.number == 0) continue;
    write_line(reply.to_line());
    const auto request = Message::parse(line);
    if (request && request->verb == "stop" && reply.verb == "ok") return;
  }
}

}  // namespace

int serve(const ServerOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(022);
  const Descriptor lock = take_host_lock(options.home, options.dead_man_milliseconds + 5000);
  Message greeting;
  greeting.number = 0;
  greeting.verb = "ready";
  for (const std::string& line : Journal(options.home).undo_everything()) greeting.add("undone", line);
  Guardian guardian(options.home, options.dead_man_milliseconds, lock.get());
  Duties duties(options);
  Inbox inbox(guardian);
  write_line(greeting.to_line());
  converse(duties, inbox);
  guardian.dismiss();
  // Without destructors: the reading thread still uses them.
  ::_exit(0);
}

}  // namespace assay::agent
