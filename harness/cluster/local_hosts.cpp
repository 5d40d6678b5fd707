#include "harness/cluster/local_hosts.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness/cluster/command.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/hosts_file.h"
#include "harness/cluster/local_leftovers.h"
#include "harness/cluster/local_machines.h"
#include "harness/cluster/local_network.h"
#include "harness/cluster/ssh_state.h"
#include "harness/cluster/user_machine.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

constexpr int kHostsMax = 100;
constexpr const char* kNotInside =
    "local hosts need root, or a machine of the user's own, which this program has not entered";
constexpr Nanos kSshPatience = 15 * kSecond;
constexpr Nanos kBootPatience = 180 * kSecond;  // emulated, beside others

void run_or_throw(const std::vector<std::string>& arguments, std::string_view input,
                  const std::string& doing) {
  const CommandOutput result = run_program(arguments, input);
  if (result.exit_status == 0) return;
  std::string said = result.output.substr(0, result.output.find('\n'));
  throw HarnessError("local hosts: " + doing + " failed: " + said);
}

// One program at a time works on an instance.
class InstanceLock {
 public:
  explicit InstanceLock(const LocalLayout& layout) {
    std::filesystem::create_directories(std::filesystem::path(layout.folder).parent_path());
    const std::string path = layout.folder + ".lock";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) throw HarnessError("can't open " + path + ": " + std::strerror(errno));
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      ::close(file_);
      throw HarnessError("another program is bringing these local hosts up or down (" + path + " is locked)");
    }
  }
  ~InstanceLock() { ::close(file_); }
  InstanceLock(const InstanceLock&) = delete;
  InstanceLock& operator=(const InstanceLock&) = delete;

 private:
  int file_ = -1;
};

void write_text(const std::string& path, const std::string& text, int mode) {
  std::ofstream stream(path, std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream || ::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0)
    throw HarnessError(path + ": can't be written");
}

std::string read_text(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The interface of this machine, other than the instance's own bridge, that is in its subnet; empty: none.
std::string user_of_subnet(const LocalLayout& layout) {
  ifaddrs* all = nullptr;
  std::string user;
  if (::getifaddrs(&all) != 0) return user;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || layout.bridge == one->ifa_name) continue;
    const int family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    char text[NI_MAXHOST] = {};
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    ::getnameinfo(one->ifa_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    for (const std::string& prefix : layout.subnet_prefixes) {
      if (std::string(text).rfind(prefix, 0) == 0) user = one->ifa_name;
    }
  }
  ::freeifaddrs(all);
  return user;
}

void refuse_a_used_subnet(const LocalLayout& layout) {
  const std::string user = user_of_subnet(layout);
  if (!user.empty()) {
    throw HarnessError("local hosts: the subnet " + layout.subnet_prefixes.front() +
                       "0 is used by the interface " + user + " of this machine already");
  }
}

// Keys that only these hosts know: one for logging in, one per host.
void make_keys(const LocalLayout& layout, int count) {
  std::vector<std::string> paths = {layout.folder + "/id_ed25519"};
  for (int i = 1; i <= count; ++i) paths.push_back(layout.host_folder(i) + "/host_key");
  std::vector<std::thread> threads;
  std::vector<std::string> troubles(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        run_or_throw({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "assay", "-f", paths[i]}, "",
                     "making a key");
      } catch (const HarnessError& error) {
        troubles[i] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& trouble : troubles) {
    if (!trouble.empty()) throw HarnessError(trouble);
  }
}

void make_network(const LocalLayout& layout, int count) {
  std::string batch = "link add " + layout.bridge + " type bridge\n";
  for (const std::string& address : layout.controller_addresses()) {
    const bool v6 = address.find(':') != std::string::npos;
    batch +=
        "addr add " + address + (v6 ? "/64 dev " : "/24 dev ") + layout.bridge + (v6 ? " nodad\n" : "\n");
  }
  batch += "link set " + layout.bridge + " up\n";
  for (int i = 1; i <= count; ++i) {
    batch += "netns add " + layout.namespace_name(i) + "\n";
    batch += "link add " + layout.interface_name(i) + " type veth peer name eth0 netns " +
             layout.namespace_name(i) + "\n";
    batch += "link set " + layout.interface_name(i) + " master " + layout.bridge + " up\n";
  }
  run_or_throw({"ip", "-batch", "-"}, batch, "making the network");
}

std::string sshd_configuration(const std::vector<std::string>& addresses) {
  std::string listen;
  for (const std::string& address : addresses) listen += "ListenAddress " + address + "\n";
  // The key exchange is the fastest there is; hosts of one's own don't need a choice.
  return "Port 22\n" + listen +
         "HostKey /etc/assay/host_key\nAuthorizedKeysFile /etc/assay/authorized_keys\n"
         "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
         "UsePAM no\nStrictModes no\nUseDNS no\nMaxStartups 1000\nMaxSessions 1000\nX11Forwarding no\n"
         "PrintMotd no\nPrintLastLog no\nPidFile none\nLogLevel ERROR\nAllowTcpForwarding no\n"
         "KexAlgorithms curve25519-sha256\nSubsystem sftp internal-sftp\n"
         "SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n";
}

// What the host finds in its own /etc/assay; the rest of its tree is made by its first process.
std::string configuration_of(const LocalLayout& layout, int number) {
  return layout.trees + "/" + layout.host_name(number) + "/upper/etc/assay";
}

void write_host_files(const LocalLayout& layout, int number) {
  const std::string folder = configuration_of(layout, number);
  std::filesystem::create_directories(folder);
  write_text(folder + "/sshd_config", sshd_configuration(layout.addresses(number)), 0600);
  write_text(folder + "/host_key", read_text(layout.host_folder(number) + "/host_key"), 0600);
  write_text(folder + "/authorized_keys", read_text(layout.folder + "/id_ed25519.pub"), 0600);
}

// The hosts' first processes, all at once.
void start_hosts(const LocalLayout& layout, const std::string& agent, int count, bool data_on_disk) {
  std::vector<std::thread> threads;
  std::vector<std::string> troubles(static_cast<std::size_t>(count));
  for (int i = 1; i <= count; ++i) {
    threads.emplace_back([&, i] {
      std::vector<std::string> command = {agent,         "local-host",
                                          "--name",      layout.host_name(i),
                                          "--network",   "/run/netns/" + layout.namespace_name(i),
                                          "--interface", "eth0",
                                          "--tree",      layout.trees + "/" + layout.host_name(i),
                                          "--data",      layout.data_folder(i, data_on_disk),
                                          "--pid-file",  layout.host_folder(i) + "/pid"};
      for (const std::string& address : layout.addresses(i))
        command.insert(command.end(), {"--address", address});
      for (int peer = 1; peer <= count; ++peer) {
        for (const std::string& address : layout.addresses(peer))
          command.insert(command.end(), {"--peer", address + " " + layout.host_name(peer)});
      }
      try {
        run_or_throw(command, "", "starting " + layout.host_name(i));
      } catch (const HarnessError& error) {
        troubles[static_cast<std::size_t>(i - 1)] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& trouble : troubles) {
    if (!trouble.empty()) throw HarnessError(trouble);
  }
}

void start_machines(const LocalLayout& layout, int count) {
  std::string peers = "127.0.0.1 localhost\n";
  for (int i = 1; i <= count; ++i) peers += layout.address(i) + " " + layout.host_name(i) + "\n";
  for (int i = 1; i <= count; ++i) {
    write_text(configuration_of(layout, i) + "/peers", peers, 0644);
    start_machine(layout, i, configuration_of(layout, i));
  }
}

// True when an SSH server greets there.
bool greets(const std::string& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), "22", &hints, &found) != 0) return false;
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket >= 0) ::connect(socket, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  if (socket < 0) return false;
  pollfd waiting{socket, POLLIN, 0};
  char greeting[4] = {};
  const bool answered = ::poll(&waiting, 1, 1000) == 1 && ::recv(socket, greeting, 4, 0) == 4 &&
                        std::memcmp(greeting, "SSH-", 4) == 0;
  ::close(socket);
  return answered;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\r\n");
  if (end == std::string::npos) return "nothing";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin + 1, end - begin);
}

void wait_for_ssh(const LocalLayout& layout, int count, bool machines) {
  const Nanos deadline = deadline_after(machines ? kBootPatience : kSshPatience);
  for (int i = 1; i <= count; ++i) {
    while (!greets(layout.address(i))) {
      if (monotonic_now() > deadline) {
        const std::string log = machines ? last_line(read_text(console_log(layout, i)))
                                         : read_text(configuration_of(layout, i) + "/sshd.log");
        throw HarnessError("local hosts: " + layout.host_name(i) + " doesn't answer SSH; its " +
                           (machines ? "console" : "server") + " says: " + log.substr(0, log.find('\n')));
      }
      ::poll(nullptr, 0, 5);
    }
  }
}

// Where the hosts file is, which may be anywhere: written down last, when all that `up` makes is there.
std::string hosts_file_note(const LocalLayout& layout) { return layout.folder + "/hosts_file"; }

// What was written there.
std::string hosts_file_copy(const LocalLayout& layout) { return layout.folder + "/written_hosts.json"; }

std::string whole_path(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// It names hosts that are gone. One that somebody wrote since stays.
void remove_hosts_file(const LocalLayout& layout, std::vector<std::string>& removed) {
  const std::string path = read_text(hosts_file_note(layout));
  const std::string written = read_text(hosts_file_copy(layout));
  if (path.empty() || written.empty() || read_text(path) != written || ::unlink(path.c_str()) != 0) return;
  removed.push_back("hosts file " + path);
}

void write_hosts(const LocalLayout& layout, int count, bool own_clock) {
  HostsFile file;
  file.machine = user_machine_note();
  std::string known;
  for (int i = 1; i <= count; ++i) {
    file.hosts.push_back({.name = layout.host_name(i),
                          .address = layout.address(i),
                          .node_address = layout.address(i),
                          .port = 22,
                          .user = "root",
                          .identity = layout.folder + "/id_ed25519",
                          .known_hosts = layout.folder + "/known_hosts",
                          .own_clock = own_clock});
    for (const std::string& address : layout.addresses(i))
      known += address + " " + read_text(layout.host_folder(i) + "/host_key.pub");
  }
  write_text(layout.folder + "/known_hosts", known, 0644);
  write_hosts_file(file, layout.hosts_file);
  write_hosts_file(file, hosts_file_copy(layout));
}

// What the hosts' addresses begin with, a line each, written down when they are brought up.
std::string addresses_note(const LocalLayout& layout) { return layout.folder + "/addresses"; }

std::string addresses_text(const LocalLayout& layout) {
  std::string text;
  for (const std::string& prefix : layout.subnet_prefixes) text += prefix + "\n";
  return text;
}

// The host's first process, if it still lives in its namespace; 0 otherwise.
pid_t first_process(const LocalLayout& layout, int number) {
  const pid_t pid = std::atoi(read_text(layout.host_folder(number) + "/pid").c_str());
  if (pid <= 1) return 0;
  const std::vector<pid_t> inside = processes_in_namespace(layout.namespace_name(number));
  return std::find(inside.begin(), inside.end(), pid) != inside.end() ? pid : 0;
}

std::vector<std::string> take_down(const LocalLayout& layout) {
  std::vector<std::string> removed;
  std::string batch;
  let_everything_go(layout);
  for (const std::string& name : interfaces_of(layout)) {
    batch += "link del " + name + "\n";
    removed.push_back("interface " + name);
  }
  for (const std::string& name : namespaces_of(layout)) {
    const int count = kill_namespace(name);
    if (count > 0) removed.push_back(std::to_string(count) + " processes of " + name);
    batch += "netns del " + name + "\n";
    removed.push_back("namespace " + name);
  }
  if (!batch.empty()) run_or_throw({"ip", "-force", "-batch", "-"}, batch, "removing the network");
  const std::vector<std::string> leftovers = remove_leftovers(layout);
  removed.insert(removed.end(), leftovers.begin(), leftovers.end());
  for (const std::string& point : mounts_below(layout.folder)) {
    // The mounts of hosts just killed are let go of a moment later.
    int attempts = 0;
    while (::umount2(point.c_str(), UMOUNT_NOFOLLOW) != 0 && errno == EBUSY && ++attempts < 1000)
      ::poll(nullptr, 0, 5);
    removed.push_back("mount " + point);
  }
  if (!mounts_below(layout.folder).empty())
    throw HarnessError("local hosts: " + layout.trees + " can't be unmounted");
  restore_neighbour_limits(layout);
  remove_hosts_file(layout, removed);
  std::error_code error;
  if (std::filesystem::remove_all(layout.folder, error) > 0) removed.push_back("folder " + layout.folder);
  if (error) throw HarnessError(layout.folder + ": can't be removed: " + error.message());
  return removed;
}

}  // namespace

LocalHosts::LocalHosts(LocalOptions options) : options_(std::move(options)) {
  const bool plain = std::all_of(options_.instance.begin(), options_.instance.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  // An interface's name has at most 15 characters: "assay-", the instance, "-100".
  if (!plain || options_.instance.empty() || options_.instance.size() > 5) {
    throw InputError("the name of local hosts is 1 to 5 small letters and digits, not \"" +
                     options_.instance + "\"");
  }
  if (options_.subnet < 0 || options_.subnet > 255) {
    throw InputError("the subnet of local hosts is a number from 0 to 255, not " +
                     std::to_string(options_.subnet));
  }
}

std::string LocalHosts::unavailable() {
  const std::string instead = " (--cluster sim works without)";
  if (const std::string reason = user_machine_unavailable(); !reason.empty()) return reason;
  for (const char* program : {"/usr/sbin/sshd", "/usr/bin/ssh-keygen"}) {
    if (::access(program, X_OK) != 0) {
      return std::string("local hosts need ") + program + ", from Debian's package openssh-server" + instead;
    }
  }
  if (::access("/usr/sbin/ip", X_OK) != 0 && ::access("/sbin/ip", X_OK) != 0 &&
      ::access("/usr/bin/ip", X_OK) != 0) {
    return "local hosts need the program ip, from Debian's package iproute2" + instead;
  }
  return {};
}

int LocalHosts::free_subnet(LocalOptions options) {
  const int wanted = options.subnet;
  for (; options.subnet < 256; ++options.subnet) {
    if (user_of_subnet(LocalLayout(options)).empty()) return options.subnet;
  }
  return wanted;
}

std::string LocalHosts::up(int count) {
  if (count < 1 || count > kHostsMax) {
    throw InputError("the number of local hosts is from 1 to " + std::to_string(kHostsMax) + ", not " +
                     std::to_string(count));
  }
  std::string reason = unavailable();
  if (reason.empty() && options_.machines) reason = machines_unavailable();
  if (!reason.empty()) throw HarnessError(reason);
  if (::geteuid() != 0) throw HarnessError(kNotInside);
  if (options_.machines && inside_user_machine())
    throw InputError("virtual machines of this machine need root");
  if (options_.machines && options_.addresses != LocalAddresses::ipv4)
    throw InputError("virtual machines of this machine have IPv4 addresses only");
  const LocalLayout layout(options_);
  const InstanceLock lock(layout);
  if (options_.machines) make_machine_tree();
  const LocalStatus before = status();
  if (before.up && static_cast<int>(before.hosts.size()) == count &&
      before.hosts_file == whole_path(layout.hosts_file) &&
      read_text(addresses_note(layout)) == addresses_text(layout) &&
      (options_.machines || std::filesystem::exists(layout.data_folder(1, options_.data_on_disk)))) {
    return layout.hosts_file;
  }
  take_down(layout);
  refuse_a_used_subnet(layout);
  const std::string agent = options_.agent_binary.empty() ? find_agent_binary() : options_.agent_binary;
  try {
    for (int i = 1; i <= count; ++i) std::filesystem::create_directories(layout.host_folder(i));
    ::chmod(layout.folder.c_str(), 0700);
    std::filesystem::create_directories(layout.trees);
    if (::mount("assay", layout.trees.c_str(), "tmpfs", 0, "mode=755,size=80%") != 0) {
      throw HarnessError("local hosts: can't mount " + layout.trees + ": " + std::strerror(errno));
    }
    write_text(addresses_note(layout), addresses_text(layout), 0644);
    make_keys(layout, count);
    raise_neighbour_limits(layout, count);
    make_network(layout, count);
    for (int i = 1; i <= count; ++i) write_host_files(layout, i);
    if (options_.machines) {
      start_machines(layout, count);
    } else {
      start_hosts(layout, agent, count, options_.data_on_disk);
      note_mount_spaces(layout, count);
    }
    wait_for_ssh(layout, count, options_.machines);
    write_hosts(layout, count, options_.machines);
    write_text(hosts_file_note(layout), whole_path(layout.hosts_file), 0644);
  } catch (const std::exception&) {
    take_down(layout);
    throw;
  }
  return layout.hosts_file;
}

std::vector<std::string> LocalHosts::down() {
  if (::geteuid() != 0) throw HarnessError(kNotInside);
  const LocalLayout layout(options_);
  std::vector<std::string> removed;
  {
    const InstanceLock lock(layout);
    removed = take_down(layout);
    ::unlink((layout.folder + ".lock").c_str());
  }
  return removed;
}

LocalStatus LocalHosts::status() const {
  const LocalLayout layout(options_);
  LocalStatus result;
  const std::string noted = read_text(addresses_note(layout));
  const std::string prefix =
      noted.empty() ? layout.subnet_prefixes.front() : noted.substr(0, noted.find('\n'));
  for (int i = 1; i <= kHostsMax; ++i) {
    if (!std::filesystem::exists(layout.host_folder(i))) break;
    LocalHostStatus host{.name = layout.host_name(i), .address = prefix + std::to_string(10 + i)};
    host.running = first_process(layout, i) != 0;
    host.process_count = static_cast<int>(processes_in_namespace(layout.namespace_name(i)).size());
    result.hosts.push_back(std::move(host));
  }
  std::error_code error;
  const std::string written = read_text(hosts_file_note(layout));
  result.up =
      !written.empty() && !result.hosts.empty() &&
      std::all_of(result.hosts.begin(), result.hosts.end(), [](const auto& host) { return host.running; });
  if (std::filesystem::exists(written, error)) result.hosts_file = written;
  if (result.up) return result;
  for (const std::string& name : namespaces_of(layout)) result.leftovers.push_back("namespace " + name);
  for (const std::string& name : interfaces_of(layout)) result.leftovers.push_back("interface " + name);
  for (const std::string& folder : groups_of(layout)) result.leftovers.push_back("group " + folder);
  for (const std::string& point : mounts_below(layout.folder)) result.leftovers.push_back("mount " + point);
  if (std::filesystem::exists(layout.folder, error)) result.leftovers.push_back("folder " + layout.folder);
  return result;
}

}  // namespace assay::cluster
