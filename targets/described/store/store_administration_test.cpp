// Orders of an operator to a described database: what nodes say, who is asked, and how a node comes back. The database is a few shell
// commands on local hosts.
#include "targets/described/store/store_administration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/described/store/native_store.h"

namespace assay::described {
namespace {

using testing::ElementsAre;

TEST(StoreAdministration, AViewIsReadLineByLine) {
  const std::vector<NodePlace> places = {{"n1", "a", "", ""}, {"n2", "b", "", ""}, {"n3", "c", "", ""}};
  const NodeView view =
      read_view("member n3\nmember n1\nmember n9\n\nleader n3\nterm 12\nhealth good\n", places);
  EXPECT_TRUE(view.answered);
  EXPECT_THAT(view.members, ElementsAre(0, 2));
  EXPECT_EQ(view.leader, NodeId(2));
  EXPECT_EQ(view.term, 12);
  const NodeView empty = read_view("leader\nterm\nmember\n", places);
  EXPECT_THAT(empty.members, ElementsAre());
  EXPECT_EQ(empty.leader, std::nullopt);
  EXPECT_EQ(empty.term, 0);
}

// Each host has a list of its own, and the second node's is the one that counts: it leads. It adds nobody before it was asked thrice.
constexpr const char* kClub = R"json({
  "name": "club", "client": "built in", "start": ["sleep", "7659"],
  "configuration": [{"to": "members", "text": ["n1", "n2", "n3"]}, {"to": "leader", "text": ["leader n2", "term 1"]}],
  "prepare": [{"run": "echo start {node} >> {home}/log"}],
  "membership": {
    "view": "test ! -e {home}/away && sed 's/^/member /' {home}/members && cat {home}/leader",
    "remove": "sed -i '/^'{member}'$/d' {home}/members",
    "add": "echo try >> {home}/tries; test $(wc -l < {home}/tries) -gt 2 || { echo not yet >&2; exit 1; }; echo {member} >> {home}/members; echo added {member} at {member_address}",
    "join": "cat >> {home}/log",
    "enter": "test $(grep -c start {home}/log) = 2 && cat >> {home}/log && echo knock >> {home}/log; test $(grep -c knock {home}/log) = 3",
    "transfer": "printf 'leader %s\\nterm 2\\n' {member} > {home}/leader",
    "within": "20s"
  },
  "more_logs": ["{home}/log", "{home}/tries"]
})json";

class Club : public testing::Test {
 protected:
  void start() {
    StoreParts parts;
    parts.connect = [](const ClientPlace&) { return std::unique_ptr<Client>(); };
    Plan plan;
    plan.mode = "usual";
    plan.cluster = "local";
    plan.nodes = 3;
    hosts_.emplace(3);
    target_ = make_native_store({"club", {{"target.json", kClub}}, std::move(parts)}, plan, hosts_->path());
    target_->start();
  }

  std::optional<cluster::TestHosts> hosts_;
  std::unique_ptr<Target> target_;
};

TEST_F(Club, AMemberIsRemovedAndComesBackAsANewOne) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  start();
  Administration& club = *target_->administration();
  EXPECT_EQ(club.lack(AdminMeans::membership), std::nullopt);
  EXPECT_EQ(club.lack(AdminMeans::transfer), std::nullopt);
  EXPECT_NE(club.lack(AdminMeans::builds), std::nullopt);
  EXPECT_EQ(club.set_member(0, true), "") << "it is one, so nothing is done";
  EXPECT_EQ(club.set_member(0, false), "");
  EXPECT_THAT(club.views()[1].members, ElementsAre(1, 2));
  const std::int64_t before = target_->processes()->incarnation(0);
  EXPECT_EQ(club.set_member(0, true), "") << "after it was refused twice";
  EXPECT_NE(target_->processes()->incarnation(0), before) << "it was started anew";
  EXPECT_THAT(club.views()[1].members, ElementsAre(0, 1, 2));
  const TemporaryFolder folder;
  target_->collect_logs(folder.path());
  target_->stop();
  EXPECT_EQ(folder.read("n2/tries"), "try\ntry\ntry\n");
  const std::string log = folder.read("n1/log");
  EXPECT_TRUE(log.starts_with("start n1\nadded n1 at ")) << log;
  const std::string added = log.substr(9, log.find('\n', 9) - 8);
  const std::string entered = added + "knock\n";
  EXPECT_EQ(log, "start n1\n" + added + "start n1\n" + entered + entered + entered)
      << "started when it was prepared, and asked until it had entered";
}

TEST_F(Club, TheLeaderIsAskedToHandOver) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  start();
  Administration& club = *target_->administration();
  EXPECT_EQ(club.transfer(2), "");
  const NodeView view = club.await([](const NodeViews& views) { return views[1].term == 2; }, kSecond)[1];
  EXPECT_EQ(view.leader, NodeId(2));
  EXPECT_EQ(view.term, 2);
  EXPECT_EQ(club.views()[0].leader, NodeId(1)) << "nobody told it";
  EXPECT_EQ(club.transfer(1), "no other node leads");
  target_->stop();
}

}  // namespace
}  // namespace assay::described
