// What each variant of "names" puts in trouble, and when that counts as proved, against a target that only keeps books.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "nemesis/links.h"
#include "nemesis/registry.h"
#include "nemesis/testing/fault_named.h"
#include "nemesis/testing/numbered_nodes.h"

namespace assay::nemesis {
namespace {

using testing::NumberedNodes;
using testing::plugin_named;

using ::testing::UnorderedElementsAre;

// Four nodes, the third of which leads.
class Directory final : public NumberedNodes, private Names {
 public:
  Directory() : NumberedNodes(4, 2) {}
  Names* names() override { return has_names ? this : nullptr; }
  Connections* connections() override { return has_connections ? &wires_ : nullptr; }

  bool has_names = true, has_connections = true;
  bool obeys = true;  // what is asked for comes into force
  bool heals = true;
  std::map<Link, TroubledName> troubled;
  std::set<Link> was_reset;
  bool connections_healed = false;
  std::int64_t questions = 0;

  std::set<Link> links_in(NameTrouble trouble) const {
    std::set<Link> links;
    for (const auto& [link, name] : troubled) {
      if (name.trouble == trouble) links.insert(link);
    }
    return links;
  }

 private:
  void trouble(std::span<const TroubledName> names) override {
    for (const TroubledName& name : names) {
      if (obeys) troubled[name.link] = name;
    }
  }
  void heal() override {
    if (heals) troubled.clear();
    questions = 0;
  }
  Evidence look_up_troubled(std::span<const TroubledName> names) override {
    Evidence evidence{true, {}};
    for (const TroubledName& name : names) {
      ++questions;
      const auto found = troubled.find(name.link);
      evidence.proved = evidence.proved && found != troubled.end() && found->second.trouble == name.trouble;
    }
    return evidence;
  }
  Evidence look_up(std::span<const Link> links) override {
    Evidence evidence{true, {}};
    for (const Link& link : links) evidence.proved = evidence.proved && !troubled.contains(link);
    return evidence;
  }
  std::int64_t misled() override { return questions; }
  std::string mechanism() const override { return "books"; }

  class Wires final : public Connections {
   public:
    explicit Wires(Directory& directory) : directory_(directory) {}
    void reset(std::span<const Link> links, Nanos) override {
      directory_.was_reset.insert(links.begin(), links.end());
    }
    void forget(std::span<const Link>) override {}
    void heal() override { directory_.connections_healed = true; }
    std::int64_t ended() override { return static_cast<std::int64_t>(directory_.was_reset.size()); }
    std::string mechanism() const override { return "books"; }

   private:
    Directory& directory_;
  };

  Wires wires_{*this};
};

std::unique_ptr<Fault> confused(std::string_view variant, Directory& directory) {
  auto fault = plugin_named("names").make(variant);
  EXPECT_NE(fault, nullptr) << variant;
  if (fault == nullptr) return nullptr;
  EXPECT_EQ(fault->refusal(directory), std::nullopt) << variant;
  Rng rng(1);
  EXPECT_FALSE(fault->inject(directory, rng).nodes.empty()) << variant;
  EXPECT_TRUE(fault->verify(directory).proved) << variant;
  return fault;
}

TEST(NamesFault, HurtsTheNamesOfNodesOrAllNamesAtThem) {
  Directory directory;
  const auto fault = confused("missing-leader", directory);
  EXPECT_THAT(directory.links_in(NameTrouble::missing),
              UnorderedElementsAre(Link{0, 2}, Link{1, 2}, Link{3, 2}));
  EXPECT_EQ(directory.troubled.size(), 3u);
  EXPECT_TRUE(directory.was_reset.empty());
  EXPECT_TRUE(fault->heal(directory).proved);
  EXPECT_TRUE(directory.troubled.empty());
  confused("silent-at-leader", directory);
  EXPECT_THAT(directory.links_in(NameTrouble::silent),
              UnorderedElementsAre(Link{2, 0}, Link{2, 1}, Link{2, 3}));
  directory.troubled.clear();
  confused("nowhere-n1+n2", directory);
  EXPECT_EQ(directory.links_in(NameTrouble::nowhere).size(), 6u);
  directory.troubled.clear();
  confused("silent", directory);
  EXPECT_EQ(directory.links_in(NameTrouble::silent).size(), 12u);
}

TEST(NamesFault, WrongNamesLeadToAThirdNode) {
  Directory directory;
  confused("wrong", directory);
  EXPECT_EQ(directory.links_in(NameTrouble::wrong).size(), 12u);
  for (const auto& [link, name] : directory.troubled)
    EXPECT_TRUE(name.instead != link.to && name.instead != link.from && name.instead >= 0 &&
                name.instead < 4);
}

TEST(NamesFault, ResetsWhatNeedsTheNames) {
  Directory directory;
  const auto fault = confused("wrong-n1:reset", directory);
  EXPECT_THAT(directory.was_reset, UnorderedElementsAre(Link{1, 0}, Link{2, 0}, Link{3, 0}));
  EXPECT_TRUE(fault->heal(directory).proved);
  EXPECT_FALSE(directory.connections_healed) << "what another fault does to connections goes on";
  const auto again = plugin_named("names").make("wrong-n1:reset");
  Rng rng(1);
  again->inject(directory, rng);
  EXPECT_FALSE(again->verify(directory).proved) << "nothing more was reset";
}

TEST(NamesFault, IsProvedByLookups) {
  Directory directory;
  auto fault = plugin_named("names").make("missing");
  Rng rng(1);
  directory.obeys = false;
  fault->inject(directory, rng);
  EXPECT_FALSE(fault->verify(directory).proved);
  directory.obeys = true;
  fault = confused("missing", directory);
  directory.questions += 5;
  directory.heals = false;
  const Evidence left = fault->heal(directory);
  EXPECT_FALSE(left.proved);
  ASSERT_NE(find_fact(left.facts, "questions-of-the-database"), nullptr);
  EXPECT_EQ(find_fact(left.facts, "questions-of-the-database")->as_integer(), 5);
}

TEST(NamesFault, RefusesWhatCantBe) {
  for (const char* variant : {"absent", "missing-", "missing-at", "missing-at-", "missing:1s", "wrong-x",
                              "wrong:", "silent-atleader", ":reset", "nowhere-n1:resets", "missingx"}) {
    EXPECT_EQ(plugin_named("names").make(variant), nullptr) << variant;
  }
  Directory directory;
  EXPECT_EQ(plugin_named("names").make("missing-n9")->refusal(directory), "it has no node n9");
  directory.has_connections = false;
  EXPECT_NE(plugin_named("names").make("missing:reset")->refusal(directory), std::nullopt);
  EXPECT_EQ(plugin_named("names").make("missing")->refusal(directory), std::nullopt);
  directory.has_names = false;
  EXPECT_NE(plugin_named("names").unavailable(directory), std::nullopt);
}

TEST(NamesFault, EveryVariantOfItsRotationExists) {
  for (const std::string_view variant : plugin_named("names").rotation) {
    Directory directory;
    const auto fault = confused(variant, directory);
    ASSERT_NE(fault, nullptr);
    EXPECT_TRUE(fault->heal(directory).proved);
  }
}

}  // namespace
}  // namespace assay::nemesis
