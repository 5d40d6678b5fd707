// Prints a generated history of registers as JSON lines, to put the same work before a peer's checker and ours.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "checkers/testing/history_generator.h"
#include "harness/formats/json_lines.h"

int main(int argc, char** argv) {
  assay::checkers::testing::GeneratorOptions options;
  bool stale = false;
  CLI::App app("Prints a generated history of registers as JSON lines");
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--operations", options.operations)->capture_default_str();
  app.add_option("--clients", options.clients)->capture_default_str();
  app.add_option("--keys", options.keys)->capture_default_str();
  app.add_option("--values", options.values, "0: every write has a value of its own")->capture_default_str();
  app.add_option("--cas-permille", options.cas_permille)->capture_default_str();
  app.add_option("--info-permille", options.info_permille)->capture_default_str();
  app.add_flag("--stale", stale, "With one read of a value that was overwritten before it began");
  CLI11_PARSE(app, argc, argv);
  assay::History history = generate_history(options);
  if (stale) {
    assay::History corrupted;
    bool certain = false;
    using assay::checkers::testing::Corruption;
    if (!corrupt(history, Corruption::stale_read, 500, options.seed, corrupted, certain)) {
      std::fprintf(stderr, "generate_history: no read of this history can be made stale\n");
      return 2;
    }
    history = std::move(corrupted);
  }
  std::string out;
  assay::formats::write_json_lines(history, out);
  return std::fwrite(out.data(), 1, out.size(), stdout) == out.size() ? 0 : 1;
}
