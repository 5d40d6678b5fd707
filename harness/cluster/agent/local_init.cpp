#include "harness/cluster/agent/local_init.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <utility>

#include "harness/cluster/agent/local_tree.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

void mount_or_throw(const char* source, const std::string& target, const char* type, unsigned long flags,
                    const char* data) {
  if (::mount(source, target.c_str(), type, flags, data) != 0) throw_errno("can't mount " + target);
}

void set_address_v4(const Descriptor& handle, const std::string& name, const std::string& address) {
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  for (const auto& [operation, text] :
       {std::pair(SIOCSIFADDR, address.c_str()), std::pair(SIOCSIFNETMASK, "255.255.255.0")}) {
    sockaddr_in value{};
    value.sin_family = AF_INET;
    ::inet_pton(AF_INET, text, &value.sin_addr);
    std::memcpy(&request.ifr_addr, &value, sizeof value);
    if (::ioctl(handle.get(), static_cast<unsigned long>(operation), &request) != 0)
      throw_errno("can't set the address of " + name);
  }
}

// As struct in6_ifreq in the kernel's linux/ipv6.h, which does not go together with netinet/in.h.
struct AddressV6 {
  in6_addr address;
  std::uint32_t prefix_length;
  int interface;
};

void set_address_v6(const std::string& name, const std::string& address) {
  const Descriptor handle(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  AddressV6 request{{}, 64, static_cast<int>(::if_nametoindex(name.c_str()))};
  ::inet_pton(AF_INET6, address.c_str(), &request.address);
  if (!handle.valid() || ::ioctl(handle.get(), SIOCSIFADDR, &request) != 0)
    throw_errno("can't set the IPv6 address of " + name);
}

void bring_up_interface(const std::string& name, const std::vector<std::string>& addresses) {
  const Descriptor handle(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Nobody else can have the address: it need not be looked for, which takes a second.
  write_whole_file("/proc/sys/net/ipv6/conf/" + name + "/accept_dad", "0");
  const auto is_v6 = [](const std::string& address) { return address.find(':') != std::string::npos; };
  for (const std::string& address : addresses) {
    if (!is_v6(address)) set_address_v4(handle, name, address);
  }
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  if (::ioctl(handle.get(), SIOCGIFFLAGS, &request) != 0) throw_errno("can't find " + name);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
  if (::ioctl(handle.get(), SIOCSIFFLAGS, &request) != 0) throw_errno("can't bring up " + name);
  for (const std::string& address : addresses) {
    if (is_v6(address)) set_address_v6(name, address);
  }
}

// An empty folder in the host's tree, whatever this machine has there: its own keys and files stay unseen.
void hide_folder(const std::string& upper, const std::string& path) {
  make_folders(upper + path);
  ::setxattr((upper + path).c_str(), "trusted.overlay.opaque", "y", 1, 0);
}

// /etc/passwd and /etc/shadow: root with a plain shell (fast to start) and neither locked nor with a password.
void simplify_root_account(const std::string& upper) {
  std::istringstream users(read_whole_file("/etc/passwd"));
  std::string result;
  for (std::string line; std::getline(users, line);) {
    if (line.rfind("root:", 0) == 0) line = "root:x:0:0:root:/root:/bin/sh";
    result += line + "\n";
  }
  write_whole_file(upper + "/etc/passwd", result);
  write_whole_file(upper + "/etc/shadow", "root:*:19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\n");
  ::chmod((upper + "/etc/shadow").c_str(), 0600);
}

void prepare_upper(const LocalInit& options) {
  const std::string upper = options.tree + "/upper";
  make_folders(upper + "/etc");
  hide_folder(upper, "/root");
  hide_folder(upper, "/home");
  hide_folder(upper, "/var/lib/assay");
  ::chmod((upper + "/root").c_str(), 0700);
  std::string hosts = "127.0.0.1 localhost\n";
  for (const std::string& peer : options.peers) hosts += peer + "\n";
  write_whole_file(upper + "/etc/hosts", hosts);
  write_whole_file(upper + "/etc/hostname", options.name + "\n");
  simplify_root_account(upper);
}

// Big folders that are file systems of their own here are not part of the overlay's lower layer.
void bind_separate_folders(const std::string& root) {
  struct stat top {};
  ::stat("/", &top);
  for (const char* folder : {"/usr", "/opt"}) {
    struct stat status {};
    if (::stat(folder, &status) != 0 || status.st_dev == top.st_dev) continue;
    mount_or_throw(folder, root + folder, nullptr, MS_BIND, nullptr);
  }
}

void make_tree(const LocalInit& options) {
  const std::string root = options.tree + "/root";
  for (const char* part : {"/root", "/work", "/upper"}) make_folders(options.tree + part);
  make_folders(options.data);
  prepare_upper(options);
  mount_or_throw("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  if (in_user_namespace()) {
    gather_tree(options.tree + "/upper", root);
  } else {
    const std::string layers =
        "lowerdir=/,upperdir=" + options.tree + "/upper,workdir=" + options.tree + "/work";
    mount_or_throw("assay", root, "overlay", 0, layers.c_str());
    bind_separate_folders(root);
  }
  for (const char* part : {"/proc", "/sys", "/dev", "/run", "/tmp"}) make_folders(root + part);
  mount_or_throw("proc", root + "/proc", "proc", 0, nullptr);
  // A container's namespaces may only have the one that is there.
  if (::mount("sysfs", (root + "/sys").c_str(), "sysfs", 0, nullptr) != 0)
    mount_or_throw("/sys", root + "/sys", nullptr, MS_BIND | MS_REC, nullptr);
  mount_or_throw("/dev", root + "/dev", nullptr, MS_BIND | MS_REC, nullptr);
  if (path_exists(root + "/dev/shm")) mount_or_throw("tmpfs", root + "/dev/shm", "tmpfs", 0, "mode=1777");
  mount_or_throw("tmpfs", root + "/run", "tmpfs", 0, "mode=755");
  mount_or_throw("tmpfs", root + "/tmp", "tmpfs", 0, "mode=1777");
  // Data isn't under the overlay, whose files databases and loop devices have trouble with.
  mount_or_throw(options.data.c_str(), root + "/var/lib/assay", nullptr, MS_BIND, nullptr);
  make_folders(root + "/run/sshd");
  if (::chdir(root.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 ||
      ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) {
    throw_errno("can't change into " + root);
  }
}

// Waits for children, also those that others left behind, for as long as the SSH server runs.
[[noreturn]] void live(pid_t server) {
  while (true) {
    const pid_t gone = ::waitpid(-1, nullptr, 0);
    if (gone == server || (gone < 0 && errno == ECHILD)) ::_exit(1);
  }
}

pid_t start_ssh_server() {
  const pid_t server = ::fork();
  if (server < 0) throw_errno("can't start sshd");
  if (server == 0) {
    const int nothing = ::open("/dev/null", O_RDWR);
    const int log = ::open("/etc/assay/sshd.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(nothing, 0);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::close_range(3, ~0U, 0);
    ::signal(SIGPIPE, SIG_DFL);
    ::execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-e", "-f", "/etc/assay/sshd_config", nullptr);
    ::_exit(127);
  }
  return server;
}

// In the new pid namespace. `report`: closed without a word when all is well.
[[noreturn]] void be_first_process(const LocalInit& options, int report) {
  try {
    ::setsid();
    make_tree(options);
    if (::sethostname(options.name.c_str(), options.name.size()) != 0) throw_errno("can't set the host name");
    bring_up_interface("lo", {});
    bring_up_interface(options.interface, options.addresses);
    const pid_t server = start_ssh_server();
    ::prctl(PR_SET_NAME, "assay-host");
    const int nothing = ::open("/dev/null", O_RDWR);
    for (int number = 0; number < 3; ++number) ::dup2(nothing, number);
    ::close_range(3, ~0U, 0);
    live(server);
  } catch (const std::exception& error) {
    if (::write(report, error.what(), std::strlen(error.what())) < 0) ::_exit(2);
    ::_exit(1);
  }
}

}  // namespace

void start_local_host(const LocalInit& options) {
  const Descriptor network(::open(options.network.c_str(), O_RDONLY | O_CLOEXEC));
  if (!network.valid() || ::setns(network.get(), CLONE_NEWNET) != 0)
    throw_errno("can't enter " + options.network);
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    throw_errno("can't make namespaces");
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  Descriptor read_end(ends[0]), write_end(ends[1]);
  // Opened before: the host changes the root folder under this process too.
  const Descriptor pid_file(::open(options.pid_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!pid_file.valid()) throw_errno("can't write " + options.pid_file);
  const pid_t first = ::fork();
  if (first < 0) throw_errno("can't start the host");
  if (first == 0) be_first_process(options, write_end.get());
  write_end.reset();
  const std::string pid_line = std::to_string(first) + "\n";
  if (::write(pid_file.get(), pid_line.data(), pid_line.size()) < 0)
    throw_errno("can't write " + options.pid_file);
  std::string trouble;
  char buffer[512];
  while (true) {
    const ssize_t count = ::read(read_end.get(), buffer, sizeof buffer);
    if (count > 0) trouble.append(buffer, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) break;
  }
  if (!trouble.empty()) throw AgentError(options.name + ": " + trouble);
}

}  // namespace assay::agent
