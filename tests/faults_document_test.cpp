// docs/faults.md says what the faults say of themselves, where each is available, and names only tests that there are. With
// ASSAY_REWRITE set in its environment the test writes the tables anew instead.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "harness/core/fault.h"
#include "harness/core/plan.h"
#include "nemesis/registry.h"
#include "targets/registry.h"

namespace assay::project {
namespace {

const std::string kFaultsDocument = ASSAY_SOURCE_DIR "/docs/faults.md";
const std::string kMatrix =
    "| fault | what it does | simulated refdb | hosts that are namespaces | virtual machines | proved by |";
const std::string kVariants = "| fault | variants |";

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::unique_ptr<Target> simulated_refdb() {
  for (const TargetPlugin* plugin : targets::all_plugins()) {
    if (plugin->name != "refdb") continue;
    Plan plan;
    plan.target = "refdb";
    plan.mode = "raft";
    plan.nodes = 5;
    plan.cluster = "sim";
    return plugin->make(plan, "");
  }
  return nullptr;
}

// The test that runs on virtual machines, and all others.
std::pair<std::string, std::string> machine_and_host_tests() {
  const std::string tests = text_of(ASSAY_SOURCE_DIR "/tests/hosts/hosts_test.cpp");
  const std::size_t begin = tests.find("FaultsOnVirtualMachinesAreProvedAndHealed");
  const std::size_t end = tests.find("\n}\n", begin);
  EXPECT_NE(end, std::string::npos);
  return {tests.substr(begin, end - begin), tests.substr(0, begin) + tests.substr(end)};
}

bool injects(const std::string& test, const FaultPlugin& plugin) {
  const std::string name(plugin.name);
  for (const std::string& use : {"s " + name + "-", "s " + name + " ", "partition,kill,pause," + name + " ",
                                 " " + name + ",", "," + name + ","}) {
    if (test.find(use) != std::string::npos) return true;
  }
  return false;
}

// A "yes" for hosts is a test that injects it there.
std::string on_hosts(const FaultPlugin& plugin) {
  return injects(machine_and_host_tests().second, plugin) ? "yes" : "no test";
}

std::string without_bar(std::string_view text) {
  std::string escaped;
  for (const char character : text)
    escaped += character == '|' ? std::string("\\|") : std::string(1, character);
  return escaped;
}

// No test of CI boots machines: emulated ones take minutes.
std::string on_machines(const FaultPlugin& plugin) {
  if (injects(machine_and_host_tests().first, plugin)) return "yes, nightly";
  if (plugin.name == "wan")
    return "by hand: in force, but probes of delays are too inexact there beside other programs to prove it";
  return "not tried: the agent does there what it does on any host";
}

std::string matrix_row(const FaultPlugin& plugin, Target& simulated) {
  const std::string summary(plugin.summary);
  const std::size_t proof = summary.find("; proved by ");
  EXPECT_NE(proof, std::string::npos) << plugin.name << " does not say what it is proved by";
  const auto reason = plugin.unavailable(simulated);
  return "| `" + std::string(plugin.name) + "` | " + summary.substr(0, proof) + " | " +
         (reason ? "no: " + *reason : "yes") + " | " + on_hosts(plugin) + " | " + on_machines(plugin) +
         " | " + summary.substr(proof + 12) + " |";
}

std::string renewed_document(std::istream& document) {
  const auto simulated = simulated_refdb();
  std::string text, table;
  for (std::string line; std::getline(document, line);) {
    if (line.empty()) table.clear();
    const bool ours = table == kMatrix || table == kVariants;
    if (ours && line.starts_with("| `")) continue;
    text += line + "\n";
    if (line.starts_with("| ") && table.empty()) table = line;
    if (!line.starts_with("|---") || !(table == kMatrix || table == kVariants)) continue;
    for (const FaultPlugin* plugin : nemesis::all_plugins()) {
      text += table == kMatrix
                  ? matrix_row(*plugin, *simulated)
                  : "| `" + std::string(plugin->name) + "` | " + without_bar(plugin->variants) + " |";
      text += "\n";
    }
  }
  return text;
}

TEST(FaultsDocument, SaysWhatTheFaultsSay) {
  const std::string old = text_of(kFaultsDocument);
  EXPECT_NE(old.find(kMatrix), std::string::npos);
  EXPECT_NE(old.find(kVariants), std::string::npos);
  std::istringstream document(old);
  const std::string text = renewed_document(document);
  if (std::getenv("ASSAY_REWRITE") != nullptr) {
    std::ofstream(kFaultsDocument) << text;
    return;
  }
  EXPECT_EQ(old, text) << "run this test with ASSAY_REWRITE=1, and read what it wrote";
}

}  // namespace
}  // namespace assay::project
