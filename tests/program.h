// Runs the project's programs as a stranger would and keeps what they printed.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace assay::project {

struct Printed {
  int exit_code = -1;
  std::string out;
  std::string error;
};

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A folder of its own for each test, removed afterwards.
class WorkFolder {
 public:
  WorkFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~WorkFolder() { std::filesystem::remove_all(path_); }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name) << content;
    return (path_ / name).string();
  }

  // Runs a shell command in the folder.
  Printed run(const std::string& command) const {
    const std::string out = (path_ / ".out").string(), error = (path_ / ".error").string();
    const int status =
        std::system(("cd " + path_.string() + " && (" + command + ") >" + out + " 2>" + error).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(out), content_of(error)};
  }
  Printed assay(const std::string& arguments) const {
    return run(std::string(ASSAY_PROGRAM) + " " + arguments);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace assay::project
