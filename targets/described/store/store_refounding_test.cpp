// A cluster that can't found itself: when that is noticed, who founds it, and that it is let alone otherwise. The database is a few
// shell commands on local hosts.
#include "targets/described/store/store_refounding.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/described/store/native_store.h"

namespace assay::described {
namespace {

TEST(StoreRefounding, TheOneThatHasMostFounds) {
  EXPECT_EQ(who_has_most({}), std::nullopt);
  EXPECT_EQ(who_has_most({std::nullopt, std::nullopt}), std::nullopt);
  EXPECT_EQ(who_has_most({std::nullopt, 0, 7, 7, 3}), NodeId(2));
}

// Lost until it was founded or follows. The first node has nothing, the second one has most.
constexpr const char* kCluster = R"json({
  "name": "lostandfound", "client": "built in",
  "start": ["sh", "-c", "test ! -e {home}/found || {{ sleep 0.5; date +%s%N > {home}/joined; }; exec sleep 7660"],
  "prepare": [{"run": "echo start >> {home}/log; date +%s%N > {home}/began"}],
  "refound": {
    "lost": "test ! -e {home}/joined", "position": "test {number} -gt 0 && echo $((10 - {number}))",
    "found": "echo found >> {home}/log; touch {home}/found", "follow": "echo follow >> {home}/log; touch {home}/found",
    "after": "3s"
  },
  "more_logs": ["{home}/log", "{home}/began", "{home}/joined"]
})json";

class LostCluster : public testing::Test {
 protected:
  void start() {
    StoreParts parts;
    parts.connect = [](const ClientPlace&) { return std::unique_ptr<Client>(); };
    Plan plan;
    plan.mode = "usual";
    plan.cluster = "local";
    plan.nodes = 3;
    hosts_.emplace(3);
    target_ = make_native_store({"lostandfound", {{"target.json", kCluster}}, std::move(parts)}, plan,
                                hosts_->path());
    target_->start();
  }
  // As the loop does it; what the thread of faults is given then is done when this returns.
  void observe(Nanos at) {
    target_->observe(at);
    bool done = false;
    World& world = target_->world();
    world.run_blocking([] {}, [&done] { done = true; });
    while (!done) world.wait(world.now() + kSecond);
  }

  std::optional<cluster::TestHosts> hosts_;
  std::unique_ptr<Target> target_;
  TemporaryFolder folder_;
};

TEST_F(LostCluster, IsFoundedAgainWhenAllHaveBeenLostForLong) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  start();
  observe(0);
  observe(2 * kSecond);
  target_->processes()->pause(2);
  observe(4 * kSecond);  // somebody holds a node: it begins anew
  target_->processes()->resume(2);
  observe(6 * kSecond);
  observe(8 * kSecond);
  const std::int64_t before = target_->processes()->incarnation(0);
  observe(10 * kSecond);
  EXPECT_NE(target_->processes()->incarnation(0), before);
  observe(20 * kSecond);
  observe(30 * kSecond);
  target_->collect_logs(folder_.path());
  target_->stop();
  EXPECT_EQ(folder_.read("refounding.log"),
            "10000 ms: founded again at n2 (n1 has nothing, n2 has 9, n3 has 8)\n");
  EXPECT_EQ(folder_.read("n1/log"), "start\nfollow\nstart\n");
  EXPECT_EQ(folder_.read("n2/log"), "start\nfound\nstart\n");
  // By the clock that all local hosts have.
  const auto when = [&](const std::string& file) { return std::stoll(folder_.read(file)); };
  EXPECT_GT(when("n1/began"), when("n2/joined")) << "the founder is alone at first";
  EXPECT_GT(when("n3/began"), when("n1/joined")) << "one after the other";
}

}  // namespace
}  // namespace assay::described
