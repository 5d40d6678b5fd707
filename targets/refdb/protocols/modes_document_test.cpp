// docs/modes.md says what the modes say of themselves: every option, the claim that follows from options, what is refused and why.
// With ASSAY_REWRITE set in its environment the test writes those parts anew instead.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "targets/refdb/protocols/protocols.h"

namespace assay::refdb {
namespace {

const std::string kDocument = ASSAY_SOURCE_DIR "/docs/modes.md";
const std::string kOptionTable = "| option | usual | accepted | what it is |";
const std::string kClaimTable = "| options | nodes | claims | shown by |";
const std::string kRefusalTable = "| refused | nodes | because |";

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream in(row.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) {
    const auto first = cell.find_first_not_of(' ');
    const bool blank = first == std::string::npos;
    cells.push_back(blank ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return cells;
}

// "`--n 5 --r all`", or any words for none.
Facts options_in(const std::string& cell) {
  Facts options;
  if (!cell.starts_with("`--")) return options;
  std::istringstream words(cell.substr(1, cell.size() - 2));
  for (std::string name, value; words >> name >> value;)
    options.push_back({name.substr(2), Value::text(value)});
  return options;
}

std::string option_row(const OptionSpec& option) {
  return "| `--" + std::string(option.name) + "` | `" + std::string(option.usual) + "` | " +
         accepted_text(option) + " | " + std::string(option.summary) + " |";
}

std::string claim_row(const ProtocolPlugin& protocol, const std::vector<std::string>& cells) {
  const int nodes = std::stoi(cells.at(1));
  const Options options = make_options(protocol, options_in(cells[0]), nodes);
  return "| " + cells[0] + " | " + cells[1] + " | " + protocol.claim(options, nodes) + " | " + cells.at(3) +
         " |";
}

std::string refusal_row(const ProtocolPlugin& protocol, const std::vector<std::string>& cells) {
  std::string reason = "(it is accepted)";
  try {
    make_options(protocol, options_in(cells.at(0)), std::stoi(cells.at(1)));
  } catch (const std::invalid_argument& refusal) {
    reason = refusal.what();
  }
  return "| " + cells[0] + " | " + cells[1] + " | " + reason + " |";
}

// The document as it would have to be.
std::string renewed(std::istream& document, std::set<std::string_view>& described) {
  std::string text, table;
  const ProtocolPlugin* protocol = nullptr;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("## `")) {
      protocol = find_protocol(line.substr(4, line.find('`', 4) - 4));
      if (protocol != nullptr) described.insert(protocol->mode);
    }
    if (line.starts_with("## ") || line.empty()) table.clear();
    if (protocol != nullptr && line.starts_with("> ")) {
      line = "> " + std::string(protocol->summary) + ". Broken by: " + std::string(protocol->breaks) + ".";
    }
    const bool row =
        protocol != nullptr && !table.empty() && line.starts_with("|") && !line.starts_with("|---");
    if (row && table == kOptionTable) continue;
    if (row && table == kClaimTable) line = claim_row(*protocol, cells_of(line));
    if (row && table == kRefusalTable) line = refusal_row(*protocol, cells_of(line));
    text += line + "\n";
    if (line.starts_with("|---") && protocol != nullptr && table == kOptionTable) {
      for (const OptionSpec& option : protocol->options) text += option_row(option) + "\n";
    }
    if (line.starts_with("| ") && table.empty()) table = line;
  }
  return text;
}

TEST(ModesDocument, SaysWhatTheModesSay) {
  std::ostringstream old;
  old << std::ifstream(kDocument).rdbuf();
  std::istringstream document(old.str());
  std::set<std::string_view> described;
  const std::string text = renewed(document, described);
  EXPECT_EQ(described.size(), all_protocols().size()) << "every mode has a section in docs/modes.md";
  if (std::getenv("ASSAY_REWRITE") != nullptr) {
    std::ofstream(kDocument) << text;
    return;
  }
  EXPECT_EQ(old.str(), text) << "run this test with ASSAY_REWRITE=1, and read what it wrote";
}

TEST(ModesDocument, NamesExperimentsThatExist) {
  std::ifstream document(kDocument);
  int links = 0;
  for (std::string line; std::getline(document, line);) {
    for (std::size_t at = 0; (at = line.find("](../", at)) != std::string::npos; ++links) {
      at += 5;
      const std::string path = line.substr(at, line.find(')', at) - at);
      EXPECT_TRUE(std::filesystem::exists(ASSAY_SOURCE_DIR "/" + path)) << path;
    }
  }
  EXPECT_GT(links, 40);
}

}  // namespace
}  // namespace assay::refdb
