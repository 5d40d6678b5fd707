#include "reports/common/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "harness/core/error.h"

namespace assay::reports {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& aside, int descriptor) {
  const std::string cause = std::strerror(errno);
  if (descriptor >= 0) ::close(descriptor);
  ::unlink(aside.c_str());
  throw HarnessError("The report " + path + " can't be written: " + cause);
}

}  // namespace

void write_file(const std::string& directory, std::string_view file_name, std::string_view content) {
  const std::string path = directory + "/" + std::string(file_name);
  const std::string aside = path + ".part";
  const int descriptor = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) fail(path, aside, -1);
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t count = ::write(descriptor, content.data() + written, content.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, aside, descriptor);
    written += static_cast<std::size_t>(count);
  }
  if (::fsync(descriptor) != 0 && errno != EINVAL) fail(path, aside, descriptor);
  if (::close(descriptor) != 0) fail(path, aside, -1);
  if (std::rename(aside.c_str(), path.c_str()) != 0) fail(path, aside, -1);
}

}  // namespace assay::reports
