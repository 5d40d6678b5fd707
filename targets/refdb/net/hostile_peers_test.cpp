// A stranger that passes for a node, and one that is none, at a node of every mode: what they send is dropped and counted, the
// node lives, and the cluster goes on.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <string>

#include "targets/refdb/leaderless/messages.h"
#include "targets/refdb/multi_leader/messages.h"
#include "targets/refdb/net/config.h"
#include "targets/refdb/net/testing/mode_client.h"
#include "targets/refdb/net/testing/test_support.h"
#include "targets/refdb/protocols/protocols.h"
#include "targets/refdb/raft/messages.h"
#include "targets/refdb/single_leader/messages.h"

namespace assay::refdb {
namespace {

constexpr std::uint64_t kFarAhead = std::uint64_t{1} << 61;
constexpr int kGarbage = 100;

// A message of node n2's that no clock and no count can have come to yet.
std::string future_of_raft(std::uint64_t cluster) {
  raft::Message message;
  message.term = kFarAhead;
  return raft::encode_message(message, cluster);
}
std::string future_of_single_leader(std::uint64_t cluster) {
  single_leader::Message message;
  message.epoch = kFarAhead;
  return single_leader::encode_message(message, cluster);
}
std::string future_of_multi_leader(std::uint64_t cluster) {
  multi_leader::Update update;
  update.id = {1, kFarAhead};
  multi_leader::Message message;
  message.kind = multi_leader::MessageKind::updates;
  message.updates.push_back({0, multi_leader::encode_update(update)});
  return multi_leader::encode_message(message, cluster);
}
std::string future_of_leaderless(std::uint64_t cluster) {
  leaderless::Message message;
  message.cell.write(1, {}, {{INT64_MAX, 0}, Value(5)});
  return leaderless::encode_message(message, cluster);
}

struct HostileCase {
  const char* mode;
  std::string (*future)(std::uint64_t cluster);
};
void PrintTo(const HostileCase& test_case, std::ostream* out) { *out << test_case.mode; }

const HostileCase kCases[] = {{"raft", future_of_raft},
                              {"single-leader", future_of_single_leader},
                              {"multi-leader", future_of_multi_leader},
                              {"leaderless", future_of_leaderless}};

class HostilePeers : public ::testing::TestWithParam<HostileCase> {};

// In a whole envelope, so that it is the mode's own decoder that has to refuse it.
std::string sealed_garbage(bool from_peer, std::uint64_t cluster, int number) {
  std::string message;
  if (from_peer) {
    wire::begin_peer_message(message, cluster);
  } else {
    wire::begin_client_message(message);
  }
  message += std::string(1 + static_cast<std::size_t>(number) % 50, '\xee');
  wire::seal(message);
  return message;
}

void pass_for_a_peer(const ProcessCluster& cluster, const HostileCase& test_case) {
  const std::uint64_t id = cluster_id_of("test");
  RawConnection vandal(cluster.port(0));
  vandal.hello({Hello::Role::peer, id, 1, 0});
  for (int i = 0; i < kGarbage; ++i) {
    vandal.message(i % 2 == 0 ? "garbage" : sealed_garbage(true, id, i));
  }
  std::string other_version = test_case.future(id);
  other_version[1] = static_cast<char>(wire::kProtocolVersion + 1);
  vandal.message(other_version);
  vandal.message(test_case.future(id + 1));
  vandal.message(test_case.future(id));
  const auto counter = [&](const char* name) { return cluster.status(0, std::string("counters.") + name); };
  EXPECT_TRUE(eventually([&] { return counter("future_dropped") == 1; }));
  EXPECT_EQ(counter("garbage_dropped"), kGarbage);
  EXPECT_EQ(counter("unknown_version_dropped"), 1);
  EXPECT_EQ(counter("foreign_cluster_dropped"), 1);
}

void be_nobody(const ProcessCluster& cluster) {
  RawConnection client(cluster.port(0));
  client.hello();
  for (int i = 0; i < kGarbage; ++i) {
    client.message(i % 2 == 0 ? "GET / HTTP/1.1" : sealed_garbage(false, 0, i));
  }
  EXPECT_TRUE(eventually([&] { return cluster.status(0, "counters.garbage_dropped") == 2 * kGarbage; }));

  RawConnection foreign(cluster.port(0));
  foreign.hello({Hello::Role::peer, cluster_id_of("another"), 1, 0});
  EXPECT_TRUE(foreign.closed_by_peer());
  EXPECT_EQ(cluster.status(0, "net.connections_foreign"), 1);
  std::string frame;
  append_frame(frame, FrameKind::message, "of a later version");
  frame[2] = static_cast<char>(kFrameVersion + 1);
  for (const std::string& bytes : {frame, std::string(100, 'x')}) {
    RawConnection vandal(cluster.port(0));
    vandal.hello();
    vandal.write(bytes);
    EXPECT_TRUE(vandal.closed_by_peer());
  }
  EXPECT_EQ(cluster.status(0, "net.garbage_bad_version"), 1);
  EXPECT_EQ(cluster.status(0, "net.garbage_bad_magic"), 1);
}

TEST_P(HostilePeers, AreDroppedAndCountedAndSurvived) {
  const HostileCase& test_case = GetParam();
  ProcessCluster cluster(3, mode_fields(test_case.mode, {}));
  const auto client = client_of(cluster, test_case.mode, {}, 0, 1);
  write_numbers(*client, 0, 10);
  // Nobody disputes its name while it is away.
  EXPECT_EQ(cluster.end(1, SIGKILL), -SIGKILL);
  pass_for_a_peer(cluster, test_case);
  be_nobody(cluster);
  cluster.start(1);
  for (std::size_t node = 0; node < 3; ++node)
    EXPECT_TRUE(eventually([&] { return cluster.status(node, "peers_connected") == 2; })) << node;
  write_numbers(*client, 10, 20);
  expect_numbers(*client, 0, 20);
  for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(cluster.end(node, SIGTERM), 0) << cluster.log(node);
}

INSTANTIATE_TEST_SUITE_P(EveryMode, HostilePeers, ::testing::ValuesIn(kCases), [](const auto& parameter) {
  std::string name;
  for (const char* c = parameter.param.mode; *c != '\0'; ++c) name += *c == '-' ? '_' : *c;
  return name;
});

TEST(HostileCases, CoverEveryMode) { EXPECT_EQ(std::size(kCases), all_protocols().size()); }

}  // namespace
}  // namespace assay::refdb
