#include "harness/cluster/agent/layer/file_layer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "harness/cluster/agent/layer/layer_mount.h"

namespace assay::agent {
namespace {

// A machine that is busy may take its time; a layer that does not answer for so long is given up.
constexpr int kAnswerMilliseconds = 20'000;

}  // namespace

FileLayer::FileLayer(std::string program, LayerOptions options, std::string log, Note note)
    : program_(std::move(program)),
      options_(std::move(options)),
      log_(std::move(log)),
      note_(std::move(note)) {}

FileLayer::~FileLayer() {
  try {
    down();
  } catch (const AgentError&) {
    // The process ends with the connection.
  }
}

void FileLayer::up() {
  if (is_up()) return;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("can't make a connection");
  const Descriptor theirs(ends[1]);
  conversation_ = Descriptor(ends[0]);
  std::vector<std::string> words = {
      program_,  "file-layer",   "--source",      options_.source,
      "--aside", options_.aside, "--loses-power", options_.loses_power ? "1" : "0"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  char* const environment[] = {nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 3);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const int error =
      ::posix_spawn(&process_, program_.c_str(), &actions, &attributes, arguments.data(), environment);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    process_ = 0;
    throw AgentError("can't start the layer under the data: " + std::string(std::strerror(error)));
  }
  note_(process_, process_stat(process_).start_ticks);
  cluster::Message mount;
  mount.verb = "mount";
  ask(mount);
}

cluster::Message FileLayer::ask(const cluster::Message& request) {
  if (!is_up()) throw AgentError("there is no layer under the data");
  const std::string line = request.to_line() + "\n";
  if (::send(conversation_.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size()))
    throw_errno("the layer under the data is gone");
  std::string reply;
  while (reply.find('\n') == std::string::npos) {
    pollfd waiting{conversation_.get(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kAnswerMilliseconds);
    if (ready < 0 && errno == EINTR) continue;
    char buffer[4096];
    const ssize_t count = ready == 1 ? ::read(conversation_.get(), buffer, sizeof buffer) : 0;
    if (count <= 0)
      throw AgentError(std::string("the layer under the data ") +
                       (ready == 1 ? "is gone" : "doesn't answer"));
    reply.append(buffer, static_cast<std::size_t>(count));
  }
  const auto message = cluster::Message::parse(std::string_view(reply).substr(0, reply.find('\n')));
  if (!message) throw AgentError("the layer under the data said something strange");
  if (message->verb == "error") throw AgentError(message->text("message"));
  return *message;
}

void FileLayer::down() {
  if (!is_up()) return;
  std::string trouble;
  try {
    cluster::Message end;
    end.verb = "end";
    ask(end);
  } catch (const AgentError& error) {
    trouble = error.what();
  }
  conversation_.reset();
  if (!trouble.empty()) ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  if (!detach_layer(options_.source)) throw AgentError("can't unmount the layer at " + options_.source);
}

}  // namespace assay::agent
