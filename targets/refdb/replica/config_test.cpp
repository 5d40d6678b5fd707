#include "targets/refdb/replica/config.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace assay::refdb {
namespace {

const std::vector<ProtocolPlugin::Bug> kBugs = {{"first-bug", "", ""}, {"second-bug", "", ""}};

std::string complaint(void (*change)(ReplicaConfig&)) {
  ReplicaConfig config;
  change(config);
  try {
    check_config(config, kBugs);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Config, DefaultsAreFine) {
  EXPECT_EQ(complaint([](ReplicaConfig&) {}), "");
}

TEST(Config, EachMistakeIsNamed) {
  const auto names = [](const std::string& sentence, const char* what) {
    return sentence.find(what) != std::string::npos;
  };
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.cluster_size = 0; }), "cluster_size"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.self = 1; }), "self is 1"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.heartbeat_interval = 0; }), "heartbeat_interval"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.election_timeout_min = c.heartbeat_interval; }),
                    "election_timeout_min"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.election_timeout_max = c.election_timeout_min - 1; }),
                    "election_timeout_max"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.clock_drift_ppm_max = 1'000'000; }), "clock_drift"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.log_entries_kept = 0; }), "log_entries_kept"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.client_queue_max = 0; }), "client_queue_max"));
  EXPECT_TRUE(names(complaint([](ReplicaConfig& c) { c.bugs = {"third-bug"}; }), "first-bug second-bug"));
}

}  // namespace
}  // namespace assay::refdb
