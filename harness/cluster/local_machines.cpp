#include "harness/cluster/local_machines.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "harness/cluster/command.h"
#include "harness/core/error.h"
#include "harness/core/sha256.h"

namespace assay::cluster {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPackages =
    "openssh-server,iproute2,iptables,nftables,e2fsprogs,mount,procps,kmod,linux-image-cloud-amd64";

// The machine's first process.
constexpr const char* kFirstProcess = R"(#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm /run /tmp
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
mkdir -p /run/sshd /etc/assay
mount -o ro /dev/vdb /etc/assay
. /etc/assay/machine
hostname "$NAME"
cat /etc/assay/peers > /etc/hosts
ip link set lo up
ip address add "$ADDRESS/24" dev eth0
ip link set eth0 up
modprobe -a loop sch_netem nf_tables nfnetlink_queue fuse 2>/dev/null
exec /usr/sbin/sshd -D -e -f /etc/assay/sshd_config
)";

std::string tree_folder() {
  return "/var/cache/assay/machine-" + sha256_of(std::string(kPackages) + kFirstProcess).substr(0, 12);
}

void run_or_refuse(const std::vector<std::string>& arguments, const std::string& doing) {
  const CommandOutput done = run_program(arguments);
  if (done.exit_status == 0) return;
  std::string said = done.output;
  while (!said.empty() && said.back() == '\n') said.pop_back();
  throw HarnessError("virtual machines: " + doing + " failed: " + said.substr(said.rfind('\n') + 1));
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream stream(path, std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw HarnessError(path.string() + ": can't be written");
}

// Two programs that need the tree at once make it once.
class TreeLock {
 public:
  explicit TreeLock(const std::string& folder) {
    fs::create_directories(fs::path(folder).parent_path());
    file_ = ::open((folder + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0 || ::flock(file_, LOCK_EX) != 0)
      throw HarnessError("can't lock " + folder + ".lock: " + std::strerror(errno));
  }
  ~TreeLock() { ::close(file_); }
  TreeLock(const TreeLock&) = delete;
  TreeLock& operator=(const TreeLock&) = delete;

 private:
  int file_ = -1;
};

std::vector<std::string> package_sources() {
  std::vector<std::string> found;
  for (const char* path : {"/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"}) {
    std::error_code error;
    if (fs::file_size(path, error) > 0 && !error) found.emplace_back(path);
  }
  if (found.empty()) throw HarnessError("virtual machines: this machine names no Debian sources in /etc/apt");
  return found;
}

// There may be a /dev/kvm that only hangs: on a machine that is virtual itself and may not have others inside.
bool kvm_works() {
  if (::access("/dev/kvm", R_OK | W_OK) != 0) return false;
  std::ifstream processors("/proc/cpuinfo");
  for (std::string line; std::getline(processors, line);) {
    if (line.starts_with("flags"))
      return line.find(" vmx") != std::string::npos || line.find(" svm") != std::string::npos;
  }
  return false;
}

}  // namespace

std::string machines_unavailable() {
  for (const auto& [program, package] :
       {std::pair("qemu-system-x86_64", "qemu-system-x86"), std::pair("qemu-img", "qemu-utils"),
        std::pair("mmdebstrap", "mmdebstrap"), std::pair("mke2fs", "e2fsprogs")}) {
    if (run_program({"sh", "-c", std::string("command -v ") + program}).exit_status == 0) continue;
    return std::string("virtual machines need the program ") + program + ", from Debian's package " + package;
  }
  return {};
}

void make_machine_tree() {
  const std::string folder = tree_folder();
  const TreeLock lock(folder);
  if (fs::exists(folder)) return;
  const fs::path work = folder + ".new", tree = work / "tree";
  fs::remove_all(work);
  fs::create_directories(work);
  std::vector<std::string> make = {"mmdebstrap", "--variant=apt", std::string("--include=") + kPackages,
                                   "bookworm", tree.string()};
  for (const std::string& source : package_sources()) make.push_back(source);
  run_or_refuse(make, "making their file tree");
  write_text(tree / "assay-first", kFirstProcess);
  ::chmod((tree / "assay-first").c_str(), 0755);
  fs::copy_file(tree / "vmlinuz", work / "kernel");
  fs::copy_file(tree / "initrd.img", work / "initrd");
  run_or_refuse({"mke2fs", "-q", "-F", "-t", "ext4", "-d", tree.string(), (work / "disk").string(), "3G"},
                "making their disk");
  fs::remove_all(tree);
  fs::rename(work, folder);
}

void start_machine(const LocalLayout& layout, int number, const std::string& configuration) {
  const std::string home = layout.host_folder(number), name = layout.host_name(number);
  const std::string inside = layout.namespace_name(number), tree = tree_folder();
  write_text(configuration + "/machine", "NAME=" + name + "\nADDRESS=" + layout.address(number) + "\n");
  run_or_refuse({"mke2fs", "-q", "-F", "-t", "ext4", "-d", configuration, home + "/configuration", "4M"},
                "making the configuration of " + name);
  run_or_refuse(
      {"qemu-img", "create", "-q", "-f", "qcow2", "-b", tree + "/disk", "-F", "raw", home + "/disk"},
      "making the disk of " + name);
  run_or_refuse({"ip", "netns", "exec", inside, "sh", "-c",
                 "ip link add bridge0 type bridge && ip link set eth0 master bridge0 up && ip tuntap add "
                 "tap0 mode tap && "
                 "ip link set tap0 master bridge0 up && ip link set bridge0 up && ip link set lo up"},
                "connecting " + name);
  char hardware_address[32];
  std::snprintf(hardware_address, sizeof hardware_address, "52:54:00:a5:5a:%02x", number);
  run_or_refuse(
      {"ip",
       "netns",
       "exec",
       inside,
       "qemu-system-x86_64",
       "-accel",
       kvm_works() ? "kvm" : "tcg",
       "-M",
       "q35",
       "-cpu",
       "max",
       "-m",
       "512",
       "-kernel",
       tree + "/kernel",
       "-initrd",
       tree + "/initrd",
       "-append",
       "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet panic=-1 mitigations=off init=/assay-first",
       "-drive",
       "file=" + home + "/disk,if=virtio,cache=writeback",
       "-drive",
       "file=" + home + "/configuration,if=virtio,format=raw,readonly=on",
       "-netdev",
       "tap,id=net,ifname=tap0,script=no,downscript=no",
       "-device",
       std::string("virtio-net-pci,netdev=net,mac=") + hardware_address,
       "-display",
       "none",
       "-monitor",
       "none",
       "-no-reboot",
       "-serial",
       "file:" + console_log(layout, number),
       "-daemonize",
       "-pidfile",
       home + "/pid"},
      "starting " + name);
}

std::string console_log(const LocalLayout& layout, int number) {
  return layout.host_folder(number) + "/console.log";
}

}  // namespace assay::cluster
