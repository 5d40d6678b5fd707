// What the README tells a stranger to type works as it is typed: the commands that need neither hosts, nor recorded histories, nor
// files of the repository.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/program.h"

namespace assay::project {
namespace {

bool has(const std::string& line, const std::string& part) { return line.find(part) != std::string::npos; }

std::string without_remark(const std::string& line) { return line.substr(0, line.find(" #")); }

// The lines of the README that run a test in simulation, or list something.
std::vector<std::string> commands() {
  std::istringstream readme(content_of(std::string(ASSAY_SOURCE_DIR) + "/README.md"));
  std::vector<std::string> all;
  for (std::string line; std::getline(readme, line);) {
    const bool runs = line.starts_with("assay run ") || line.starts_with("assay explore ") ||
                      line.starts_with("assay list ");
    if (!runs || has(line, "hosts.json") || has(line, "local") || has(line, "experiments") ||
        has(line, "plan.json") || has(line, "examples/") || has(line, "suites/"))
      continue;
    all.push_back(without_remark(line).substr(6));
  }
  return all;
}

TEST(Readme, EveryCommandInSimulationWorks) {
  const std::vector<std::string> all = commands();
  EXPECT_GE(all.size(), 5u);
  const WorkFolder folder;
  for (std::string command : all) {
    if (const std::size_t many = command.find("1..1000"); many != std::string::npos)
      command.replace(many, 7, "1..2");
    // Every seed must do, but a test has the same one each time.
    if (!has(command, "--seed") && command.starts_with("run")) command += " --seed 11";
    const Printed printed = folder.assay(command);
    EXPECT_EQ(printed.exit_code, has(command, "--bug") ? 1 : 0) << command << "\n" << printed.error;
  }
}

}  // namespace
}  // namespace assay::project
