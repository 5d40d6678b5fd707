#include "targets/refdb/storage/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"

namespace assay::refdb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Map = std::map<std::string, std::string>;

StorageOptions options_for(const TemporaryFolder& folder, const std::string& identity = "") {
  return {folder.path("data"), "n1", identity};
}

Map all_of(const Storage& storage, std::string_view prefix = "") {
  Map found;
  storage.scan(prefix, [&](std::string_view key, std::string_view value) {
    EXPECT_TRUE(found.emplace(key, value).second);
  });
  return found;
}

std::string numbered_key(int i) { return "k" + std::to_string(100'000 + i); }

template <typename Error>
std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

TEST(Storage, AppliesWritesInOrderAndRangesAfterThem) {
  TemporaryFolder folder;
  Storage storage(options_for(folder));
  storage.apply({{"a", "1"}, {"b", "2"}, {"c", "3"}, {"a", "4"}, {"c", std::nullopt}}, {});
  EXPECT_THAT(all_of(storage), ElementsAre(Pair("a", "4"), Pair("b", "2")));
  storage.apply({{"b1", "x"}, {"b2", "y"}}, {{"b", "b2"}, {"z", "a"}});
  EXPECT_THAT(all_of(storage), ElementsAre(Pair("a", "4"), Pair("b2", "y")));
}

TEST(Storage, KeepsTheOrderOfTakesThatAreMergedIntoOneBatch) {
  TemporaryFolder folder;
  Storage storage(options_for(folder));
  Storage::Batch batch;
  batch.add({{"a", "1"}}, {{"a", "b"}});
  batch.add({{"a", "2"}}, {});
  storage.apply(batch);
  EXPECT_THAT(all_of(storage), ElementsAre(Pair("a", "2")));
}

TEST(Storage, ScansOnlyThePrefixInOrderOfBytes) {
  TemporaryFolder folder;
  Storage storage(options_for(folder));
  const std::string high = "l\xff", zero("l\0x", 3);
  storage.apply({{"m", "no"}, {high, "3"}, {"la", "2"}, {zero, "1"}, {"k", "no"}, {"l", "0"}}, {});
  std::vector<std::string> order;
  storage.scan("l", [&](std::string_view, std::string_view value) { order.emplace_back(value); });
  EXPECT_THAT(order, ElementsAre("0", "1", "2", "3"));
}

TEST(Storage, KeepsBinaryAndEmptyValuesAcrossReopen) {
  TemporaryFolder folder;
  const std::string binary("\0\xff\n", 3);
  {
    Storage storage(options_for(folder));
    storage.apply({{"b", binary}, {"e", ""}}, {});
    storage.sync();
  }
  const Storage storage(options_for(folder));
  EXPECT_THAT(all_of(storage), ElementsAre(Pair("b", binary), Pair("e", "")));
}

// Writes far more than one memtable, so that logs rotate and are recycled, and compares with a model after
// reopening.
TEST(Storage, EqualsAModelAcrossRotationOfTheLog) {
  TemporaryFolder folder;
  Map model;
  {
    Storage storage(options_for(folder));
    for (int i = 0; i < 900; ++i) {
      const std::string value(64'000, static_cast<char>('a' + i % 26));
      storage.apply({{numbered_key(i), value}}, {{numbered_key(0), numbered_key(i - 20)}});
      model[numbered_key(i)] = value;
      model.erase(model.begin(), model.lower_bound(numbered_key(i - 20)));
      if (i % 10 == 0) storage.sync();
    }
    EXPECT_EQ(all_of(storage), model);
  }
  EXPECT_EQ(all_of(Storage(options_for(folder))), model);
}

std::filesystem::path newest_log(const std::filesystem::path& database) {
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::directory_iterator(database)) {
    if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
  }
  return newest;
}

// What power loss leaves of a log that was not synced: any prefix of its bytes.
TEST(Storage, KeepsAPrefixWhenTheTailOfTheLogIsTorn) {
  TemporaryFolder folder;
  const std::string live = folder.path("data"), copy = folder.path("copy");
  Storage storage({live, "n1", ""});
  for (int i = 0; i < 100; ++i) storage.apply({{numbered_key(i), "x"}, {"counter", std::to_string(i)}}, {});
  const std::uintmax_t size = std::filesystem::file_size(newest_log(live + "/db"));
  int counter_before = -1;
  for (std::uintmax_t kept = 0; kept <= size; kept += size / 23) {
    std::filesystem::remove_all(copy);
    std::filesystem::copy(live, copy, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(newest_log(copy + "/db"), kept);
    const Storage reopened({copy, "n1", ""});
    const Map found = all_of(reopened, "counter");
    const int counter = found.empty() ? -1 : std::stoi(found.at("counter"));
    EXPECT_EQ(all_of(reopened, "k").size(), static_cast<std::size_t>(counter + 1)) << kept;
    EXPECT_GE(counter, counter_before);
    counter_before = counter;
  }
  EXPECT_GT(counter_before, 80);
}

TEST(Storage, SaysThatTheFolderIsLocked) {
  TemporaryFolder folder;
  const Storage storage(options_for(folder));
  EXPECT_EQ(message_of<HarnessError>([&] { Storage second(options_for(folder)); }),
            "node n1: the data folder \"" + folder.path("data") + "\" is locked by another refdb process");
}

TEST(Storage, SaysThatTheFolderBelongsToAnotherNode) {
  TemporaryFolder folder;
  { const Storage storage(options_for(folder, "n1 of c in mode raft")); }
  { const Storage storage(options_for(folder, "n1 of c in mode raft")); }
  EXPECT_EQ(message_of<InputError>([&] { Storage other(options_for(folder, "n2 of c in mode raft")); }),
            "node n1: the data folder \"" + folder.path("data") +
                "\" belongs to \"n1 of c in mode raft\", not to \"n2 of c in mode raft\"");
}

TEST(Storage, SaysThatTheFolderCantBeMade) {
  EXPECT_EQ(message_of<InputError>([] {
              Storage storage({"/proc/nothing/here", "n1", ""});
            }),
            "node n1: can't create the data folder \"/proc/nothing/here\": No such file or directory");
  EXPECT_THAT(message_of<InputError>([] {
                Storage storage({"/proc/self", "n1", ""});
              }),
              HasSubstr("can't write to the data folder \"/proc/self\""));
}

TEST(Storage, SaysThatTheDataIsDamaged) {
  TemporaryFolder folder;
  { const Storage storage(options_for(folder)); }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("data") + "/db")) {
    const std::string name = entry.path().filename();
    if (name.starts_with("MANIFEST")) std::filesystem::resize_file(entry.path(), 10);
  }
  EXPECT_THAT(message_of<HarnessError>([&] { Storage storage(options_for(folder)); }),
              AllOf(HasSubstr("node n1: can't open the data folder"), HasSubstr("damaged")));
}

}  // namespace
}  // namespace assay::refdb
