#include "harness/cluster/agent/resolver_file.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "harness/cluster/agent/name_server.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr char kPath[] = "/etc/resolv.conf";
constexpr char kFirstLine[] = "# Of assay, for as long as a run lasts.\n";

}  // namespace

bool our_name_server_is_asked() { return read_whole_file(kPath).rfind(kFirstLine, 0) == 0; }

std::string own_name_server() {
  std::istringstream lines(read_whole_file(kPath));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, address;
    if (words >> word >> address && word == "nameserver" && address != NameServer::kAddress) return address;
  }
  return {};
}

void ask_our_name_server(const std::string& home, Journal& journal) {
  const std::string ours = home + "/agent/resolv.conf";
  // An answer that was lost costs a second, not the usual five.
  const std::string content =
      std::string(kFirstLine) + "nameserver " + NameServer::kAddress + "\noptions timeout:1 attempts:1\n";
  if (!write_whole_file(ours, content) || ::chmod(ours.c_str(), 0644) != 0)
    throw_errno("can't write " + ours);
  const bool made = !path_exists(kPath);
  journal.add_resolver(made);
  if (made && !Descriptor(::open(kPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)).valid())
    throw_errno(std::string("can't make ") + kPath);
  if (::mount(ours.c_str(), kPath, nullptr, MS_BIND, nullptr) != 0)
    throw_errno(std::string("can't bind a file of ours over ") + kPath);
}

bool restore_resolver(bool made) {
  while (our_name_server_is_asked()) {
    if (::umount2(kPath, MNT_DETACH) != 0) return false;
  }
  std::error_code error;
  if (made && std::filesystem::file_size(kPath, error) == 0 && !error) {
    // The file itself, where there is a link to it that led nowhere.
    std::filesystem::remove(std::filesystem::canonical(kPath, error), error);
    return !error;
  }
  return true;
}

}  // namespace assay::agent
