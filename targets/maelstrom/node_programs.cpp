#include "targets/maelstrom/node_programs.h"

#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <fstream>
#include <istream>
#include <utility>

#include "harness/core/error.h"
#include "targets/described/start_program.h"

namespace assay::maelstrom {

namespace asio = boost::asio;
namespace process = boost::process;
using boost::system::error_code;

namespace {

constexpr std::size_t kLineMax = std::size_t{16} << 20;
// What waits for a node that does not read, as one that is paused; beyond that messages are lost.
constexpr std::size_t kUnreadMax = std::size_t{64} << 20;

// "R", "S", "T" (stopped), "Z" (gone, but for its exit code) ... as the kernel reports it; 0 when there is none.
char kernel_state(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(") ");
  return name_end == std::string::npos ? '\0' : line[name_end + 2];
}

}  // namespace

// One program from its start to its end. Handlers hold it. Everything on the loop's thread, but what says otherwise.
class NodePrograms::Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  // On the thread that starts it.
  Conversation(asio::io_context& io, NodeId node, const described::Program& program, const NodeHooks& hooks)
      : node_(node), hooks_(hooks), to_(io), from_(io), lines_(kLineMax) {
    child_ = described::start_program(program, to_, from_, nullptr);
    pid_ = child_.id();
  }

  int pid() const { return pid_; }

  // On any thread, by one that has taken it out of use.
  void end() {
    ending_ = true;
    described::end_program(child_);
  }

  void begin() {
    if (ending_) return;
    begun_ = true;
    hooks_.started(node_);
    listen();
  }

  void close() {
    closed_ = true;
    error_code ignored;
    to_.close(ignored);
    from_.close(ignored);
  }

  bool hears() const { return begun_ && !closed_ && !ending_ && !ended_; }

  bool write(std::string_view line) {
    if (!hears() || out_.size() + line.size() > kUnreadMax) return false;
    out_ += line;
    if (!writing_) write_out();
    return true;
  }

 private:
  void write_out() {
    writing_ = true;
    under_way_ = std::exchange(out_, {});
    asio::async_write(to_, asio::buffer(under_way_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        self->writing_ = false;
                        if (self->closed_ || error) return;  // that it ended, the other direction tells
                        if (!self->out_.empty()) self->write_out();
                      });
  }

  void listen() {
    asio::async_read_until(from_, lines_, '\n', [self = shared_from_this()](error_code error, std::size_t) {
      self->heard(error);
    });
  }

  // Everything that has come is taken at once: many short messages are read in one go.
  void heard(const error_code& error) {
    std::istream stream(&lines_);
    std::string line;
    while (!error && !closed_ && !ending_ && has_line()) {
      std::getline(stream, line);
      if (line.find_first_not_of(" \r\t") != std::string::npos) hooks_.said(node_, line);
    }
    if (closed_ || ending_) return;
    if (!error) return listen();
    ended_ = true;
    hooks_.ended(node_, error == asio::error::not_found ? "wrote a line of more than 16 megabytes"
                                                        : "ended by itself");
  }

  bool has_line() const {
    const auto bytes = lines_.data();
    const auto* begin = static_cast<const char*>(bytes.data());
    return std::find(begin, begin + bytes.size(), '\n') != begin + bytes.size();
  }

  const NodeId node_;
  const NodeHooks& hooks_;
  process::async_pipe to_, from_;
  process::child child_;
  int pid_ = 0;
  asio::streambuf lines_;
  std::string out_, under_way_;
  bool begun_ = false, writing_ = false, closed_ = false, ended_ = false;
  std::atomic<bool> ending_ = false;
};

NodePrograms::NodePrograms(asio::io_context& io, std::vector<std::string> command, std::string log_folder,
                           const std::vector<std::string>& names, NodeHooks hooks)
    : io_(io),
      command_(std::move(command)),
      log_folder_(std::move(log_folder)),
      names_(names),
      hooks_(std::move(hooks)),
      conversations_(names.size()) {}

NodePrograms::~NodePrograms() { end(); }

std::string NodePrograms::log_of(NodeId node) const {
  return log_folder_ + "/" + names_[static_cast<std::size_t>(node)] + ".log";
}

std::string NodePrograms::last_words(NodeId node) const {
  std::ifstream log(log_of(node));
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (line.find_first_not_of(" \r\t") != std::string::npos) last = line;
  }
  return last;
}

std::shared_ptr<NodePrograms::Conversation> NodePrograms::conversation_of(NodeId node) {
  const std::lock_guard lock(mutex_);
  return conversations_[static_cast<std::size_t>(node)];
}

bool NodePrograms::hears(NodeId node) {
  const auto conversation = conversation_of(node);
  return conversation != nullptr && conversation->hears();
}

bool NodePrograms::write(NodeId node, std::string_view line) {
  const auto conversation = conversation_of(node);
  return conversation != nullptr && conversation->write(line);
}

// Requires: the lock is held.
void NodePrograms::let_go(NodeId node) {
  auto conversation = std::exchange(conversations_[static_cast<std::size_t>(node)], nullptr);
  if (conversation == nullptr) return;
  conversation->end();
  asio::post(io_, [conversation] { conversation->close(); });
}

void NodePrograms::end() {
  const std::lock_guard lock(mutex_);
  for (std::size_t node = 0; node < names_.size(); ++node) let_go(static_cast<NodeId>(node));
}

void NodePrograms::kill(NodeId node) {
  const std::lock_guard lock(mutex_);
  let_go(node);
}

void NodePrograms::start(NodeId node) {
  const std::lock_guard lock(mutex_);
  if (state_of(node) != State::dead) return;
  let_go(node);
  const std::string role = "the program of node " + names_[static_cast<std::size_t>(node)] + ",";
  const auto conversation =
      std::make_shared<Conversation>(io_, node, described::Program{command_, "", role, log_of(node)}, hooks_);
  conversations_[static_cast<std::size_t>(node)] = conversation;
  asio::post(io_, [conversation] { conversation->begin(); });
}

void NodePrograms::pause(NodeId node) {
  const std::lock_guard lock(mutex_);
  if (state_of(node) != State::running) return;
  const int pid = conversations_[static_cast<std::size_t>(node)]->pid();
  ::kill(-pid, SIGSTOP);
  siginfo_t info = {};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WEXITED | WNOWAIT);
}

void NodePrograms::resume(NodeId node) {
  const std::lock_guard lock(mutex_);
  if (state_of(node) == State::paused)
    ::kill(-conversations_[static_cast<std::size_t>(node)]->pid(), SIGCONT);
}

Processes::State NodePrograms::state(NodeId node) {
  const std::lock_guard lock(mutex_);
  return state_of(node);
}

Processes::State NodePrograms::state_of(NodeId node) const {
  const auto& conversation = conversations_[static_cast<std::size_t>(node)];
  const char state = conversation == nullptr ? '\0' : kernel_state(conversation->pid());
  if (state == '\0' || state == 'Z' || state == 'X') return State::dead;
  return state == 'T' || state == 't' ? State::paused : State::running;
}

std::int64_t NodePrograms::incarnation(NodeId node) {
  const std::lock_guard lock(mutex_);
  return state_of(node) == State::dead ? 0 : conversations_[static_cast<std::size_t>(node)]->pid();
}

}  // namespace assay::maelstrom
