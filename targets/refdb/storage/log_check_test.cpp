#include "targets/refdb/storage/log_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/refdb/storage/storage.h"

namespace assay::refdb {
namespace {

namespace fs = std::filesystem;

fs::path only_log(const std::string& directory) {
  for (const auto& entry : fs::directory_iterator(directory + "/db")) {
    if (entry.path().extension() == ".log") return entry.path();
  }
  return {};
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Of a client that would have everything taken for synced.
const std::string kFalseMark = std::string(kSyncedMark) + '\x08' + std::string(7, '\xff') + '\x7f';

// A folder as a process leaves it that was killed: batches of growing size, of which the first `synced` were synced.
void leave_behind(const std::string& live, const std::string& copy, int batches, int synced,
                  std::vector<std::size_t>& ends) {
  Storage storage({live, "n1", ""});
  for (int i = 0; i < batches; ++i) {
    storage.apply({{"k" + std::to_string(100 + i),
                    kFalseMark + std::string(static_cast<std::size_t>(50 + i * i * 20), 'v')}},
                  {});
    if (i < synced) storage.sync();
    ends.push_back(fs::file_size(only_log(live)));
  }
  fs::remove_all(copy);
  fs::copy(live, copy, fs::copy_options::recursive);
}

std::string opening(const std::string& directory) {
  try {
    const Storage storage({directory, "n1", ""});
    int rows = 0;
    storage.scan("", [&](std::string_view, std::string_view) { ++rows; });
    return std::to_string(rows);
  } catch (const HarnessError& error) {
    return error.what();
  }
}

// Wherever a bit of what was synced is flipped, but in the last batch of all, behind which nothing shows it.
TEST(LogCheck, AFlippedBitInWhatWasSyncedIsNoticed) {
  TemporaryFolder folder;
  const std::string live = folder.path("live"), copy = folder.path("copy");
  std::vector<std::size_t> ends;
  leave_behind(live, copy, 40, 40, ends);
  const std::string whole = bytes_of(only_log(copy));
  ASSERT_GT(whole.size(), 3 * 32'768u) << "batches that are in several blocks";
  EXPECT_EQ(find_log_damage({whole}), std::nullopt);
  Rng rng(1);
  for (int i = 0; i < 60; ++i) {
    const auto at = static_cast<std::size_t>(rng.below(ends[38]));
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << rng.below(8)));
    const auto found = find_log_damage({damaged});
    // The few bytes that fill a block up belong to no record.
    if (!found) {
      EXPECT_GE(at % 32'768, 32'768u - 7) << at;
      continue;
    }
    EXPECT_LE(found->offset, at);
    EXPECT_EQ(find_log_damage({damaged, whole})->log, 0u);
  }
  std::string damaged = whole;
  damaged[ends[20] + 30] ^= 4;
  write_bytes(only_log(copy), damaged);
  EXPECT_THAT(opening(copy), ::testing::HasSubstr("damaged"));
  EXPECT_THAT(opening(copy), ::testing::HasSubstr("damaged")) << "and it stays so";
  write_bytes(only_log(copy), whole);
  EXPECT_EQ(opening(copy), "40");
}

// What a loss of power leaves is no damage: any part of what was not synced may be there, or not.
TEST(LogCheck, WhatWasNotSyncedMayBeAnything) {
  TemporaryFolder folder;
  const std::string live = folder.path("live"), copy = folder.path("copy");
  std::vector<std::size_t> ends;
  leave_behind(live, copy, 30, 12, ends);
  const std::string whole = bytes_of(only_log(copy));
  Rng rng(2);
  for (int i = 0; i < 60; ++i) {
    std::string torn = whole;
    const auto from = static_cast<std::size_t>(
        rng.between(static_cast<std::int64_t>(ends[11]), static_cast<std::int64_t>(whole.size()) - 1));
    const std::size_t size = std::min<std::size_t>(rng.below(5'000) + 1, whole.size() - from);
    torn.replace(from, size, size, '\0');
    if (rng.chance(1, 3)) torn.resize(from + size / 2);
    EXPECT_EQ(find_log_damage({torn}), std::nullopt) << from << " " << size;
  }
  std::string torn = whole;
  torn.replace(ends[15], 20, 20, '\0');
  write_bytes(only_log(copy), torn);
  EXPECT_EQ(opening(copy), "16");
  EXPECT_EQ(opening(copy), "16");
}

TEST(LogCheck, DamageInAnOlderLogIsToldByANewerOne) {
  TemporaryFolder folder;
  const std::string live = folder.path("live"), copy = folder.path("copy");
  std::vector<std::size_t> ends;
  leave_behind(live, copy, 10, 10, ends);
  const std::string whole = bytes_of(only_log(copy));
  std::string first = whole.substr(0, ends[4]), second = whole.substr(ends[4]);
  first[ends[3] + 12] ^= 1;
  EXPECT_EQ(find_log_damage({first}), std::nullopt) << "as far as that goes, it was written last";
  // In a log of its own every record is elsewhere in its block, which matters to none that fits.
  EXPECT_EQ(find_log_damage({first, second})->offset, ends[3]);
}

TEST(LogCheck, TheMarkIsNoRowOfAnybody) {
  TemporaryFolder folder;
  Storage storage({folder.path("data"), "n1", ""});
  storage.apply({{"a", "1"}}, {});
  storage.sync();
  storage.apply({{"b", "2"}}, {{"", "\xff\xff\xff"}});
  int rows = 0;
  storage.scan("", [&](std::string_view, std::string_view) { ++rows; });
  EXPECT_EQ(rows, 0);
}

}  // namespace
}  // namespace assay::refdb
