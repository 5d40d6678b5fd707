#include "harness/cluster/agent/layer/serve_layer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "harness/cluster/agent/layer/file_system.h"
#include "harness/cluster/agent/layer/layer_mount.h"
#include "harness/cluster/message.h"

namespace assay::agent {
namespace {

using cluster::Message;

constexpr int kConversation = 3;
// Calls that wait hold a thread each.
constexpr unsigned kThreadsMax = 512;
constexpr unsigned kIdleThreadsMax = 8;

// The line's message; nothing when the agent is gone.
std::optional<Message> next_request(std::string& pending) {
  while (pending.find('\n') == std::string::npos) {
    char buffer[1024];
    const ssize_t count = ::read(kConversation, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    pending.append(buffer, static_cast<std::size_t>(count));
  }
  const std::size_t end = pending.find('\n');
  const auto request = Message::parse(std::string_view(pending).substr(0, end));
  pending.erase(0, end + 1);
  return request ? request : Message();
}

void answer(Message reply) {
  if (reply.verb.empty()) reply.verb = "ok";
  const std::string line = reply.to_line() + "\n";
  if (::write(kConversation, line.data(), line.size()) < 0)
    return;  // the next read tells that nobody is there
}

Message error_answer(const std::string& sentence) {
  Message reply;
  reply.verb = "error";
  return std::move(reply.add("message", sentence));
}

class Serving {
 public:
  explicit Serving(const LayerOptions& options)
      : mount_point_(options.source),
        system_(options.source, options.aside, options.loses_power, ::getppid()) {}

  void mount() {
    char name[] = "assay-file-layer";
    char* arguments[] = {name, nullptr};
    fuse_args given = FUSE_ARGS_INIT(1, arguments);
    session_ = fuse_session_new(&given, &FileSystem::operations(), sizeof(fuse_lowlevel_ops), &system_);
    if (session_ == nullptr) throw AgentError("libfuse can't make a session");
    const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (device < 0) throw_errno("can't open /dev/fuse");
    const std::string data = "fd=" + std::to_string(device) +
                             ",rootmode=40000,user_id=" + std::to_string(::geteuid()) +
                             ",group_id=" + std::to_string(::getegid()) + ",default_permissions,allow_other";
    if (::mount("assay", mount_point_.c_str(), kLayerType, MS_NOSUID | MS_NODEV | MS_NOATIME, data.c_str()) !=
        0)
      throw_errno("can't mount the layer at " + mount_point_);
    mounted_ = true;
    if (fuse_session_mount(session_, ("/dev/fd/" + std::to_string(device)).c_str()) != 0)
      throw AgentError("libfuse can't use the mounted layer");
    std::thread([this] {
      fuse_loop_config* configuration = fuse_loop_cfg_create();
      fuse_loop_cfg_set_max_threads(configuration, kThreadsMax);
      fuse_loop_cfg_set_idle_threads(configuration, kIdleThreadsMax);
      fuse_session_loop_mt(session_, configuration);
    }).detach();
  }

  Message perform(const Message& request) {
    if (request.verb == "mount") {
      mount();
    } else if (request.verb == "fault") {
      const auto fault = LayerFault::parse(request);
      if (!fault) return error_answer("this layer knows no such fault");
      system_.begin(session_, *fault);
    } else if (request.verb == "counters") {
      return system_.gate().counters();
    } else if (request.verb == "take-back") {
      system_.take_back();
    } else {
      return error_answer("this layer knows no \"" + request.verb + "\"");
    }
    return {};
  }

  // Everything that waits goes on, and nobody comes any more.
  void end() {
    system_.gate().clear();
    if (mounted_ && ::umount2(mount_point_.c_str(), 0) != 0) ::umount2(mount_point_.c_str(), MNT_DETACH);
  }

 private:
  std::string mount_point_;
  FileSystem system_;
  fuse_session* session_ = nullptr;
  bool mounted_ = false;
};

void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int serve_layer(const LayerOptions& options) {
  ::prctl(PR_SET_NAME, "assay-files");
  for (const int ignored : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) ::signal(ignored, SIG_IGN);
  ::umask(0);
  allow_many_files();
  Serving serving(options);
  std::string pending;
  while (const auto request = next_request(pending)) {
    if (request->verb == "end") {
      serving.end();
      answer({});
      ::_exit(0);
    }
    try {
      answer(serving.perform(*request));
    } catch (const std::exception& error) {
      answer(error_answer(error.what()));
    }
  }
  serving.end();
  // Without destructors: requests are still being served.
  ::_exit(0);
}

}  // namespace assay::agent
