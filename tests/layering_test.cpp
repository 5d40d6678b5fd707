// The dependency table of ARCHITECTURE.md, enforced: which folder may include which.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/sources.h"

namespace assay::project {
namespace {

using Rooms = std::set<std::string>;

const Rooms kDrivers = {"refdb/storage", "refdb/net", "refdb/simulated", "refdb/deployed"};

// The folders of refdb that are no drivers: protocols and what they are made of.
bool is_pure(const std::string& room) { return room.starts_with("refdb/") && !kDrivers.contains(room); }

// The room that a file belongs to: its folder, as fine as the table is.
std::string room_of(const std::string& path) {
  const auto part = [&](int count) {
    std::size_t end = 0;
    for (int i = 0; i < count; ++i) end = path.find('/', end + (i > 0 ? 1 : 0));
    return path.substr(0, end);
  };
  if (path.starts_with("targets/refdb/") && std::count(path.begin(), path.end(), '/') > 2) {
    return "refdb/" + part(3).substr(std::string("targets/refdb/").size());
  }
  if (path.starts_with("harness/")) return part(2);
  return part(1);
}

Rooms allowed_for(const std::string& room) {
  if (room == "harness/core") return {};
  if (room == "harness/cli" || room == "bench" || room == "tests") {
    return {"harness/core", "harness/run",   "harness/sim",    "harness/cluster", "harness/formats",
            "harness/gate", "harness/serve", "harness/shrink", "harness/cli",     "harness/experiments",
            "trials",       "checkers",      "workloads",      "nemesis",         "targets",
            "reports",      "refdb/net",     "refdb/raft",     "refdb/storage",   "tests"};
  }
  if (room.starts_with("harness/") || room == "checkers" || room == "nemesis" || room == "reports") {
    return {"harness/core"};
  }
  if (room == "workloads") return {"harness/core", "checkers"};
  Rooms rooms = {"harness/core"};
  for (const SourceFile& file : source_files()) {
    const std::string other = room_of(file.path);
    if (is_pure(other)) rooms.insert(other);
  }
  if (is_pure(room) || room == "trials") return rooms;
  for (const char* more : {"harness/run", "harness/sim", "harness/cluster", "refdb/storage", "refdb/net",
                           "refdb/simulated", "refdb/deployed", "targets"}) {
    rooms.insert(more);
  }
  return rooms;
}

std::string included_path(const std::string& line, char open, char close) {
  if (!line.starts_with("#include ")) return {};
  const auto begin = line.find(open);
  if (begin == std::string::npos) return {};
  return line.substr(begin + 1, line.find(close, begin + 1) - begin - 1);
}

TEST(Layering, EveryIncludeGoesOneWay) {
  int includes = 0;
  std::map<std::string, Rooms> allowed_by_room;
  for (const SourceFile& file : source_files()) {
    const std::string room = room_of(file.path);
    const auto [found, is_new] = allowed_by_room.try_emplace(room);
    if (is_new) found->second = allowed_for(room);
    const Rooms& allowed = found->second;
    for (const std::string& line : file.lines) {
      const std::string path = included_path(line, '"', '"');
      if (path.find('/') == std::string::npos) continue;
      ++includes;
      const std::string other = room_of(path);
      EXPECT_TRUE(other == room || allowed.contains(other)) << file.path << " may not include " << path;
    }
  }
  EXPECT_GT(includes, 100) << "the sources were not found";
}

TEST(Layering, CoreAndCheckersNeedTheStandardLibraryOnly) {
  for (const SourceFile& file : source_files()) {
    const std::string room = room_of(file.path);
    const bool pure = is_pure(room);
    if (room != "harness/core" && room != "checkers" && room != "workloads" && room != "nemesis" &&
        room != "harness/sim" && !pure) {
      continue;
    }
    if (file.path.ends_with("_test.cpp") || file.path.find("/testing/") != std::string::npos) continue;
    for (const std::string& line : file.lines) {
      const std::string header = included_path(line, '<', '>');
      EXPECT_EQ(header.find('/'), std::string::npos) << file.path << " may not include <" << header << ">";
      // The one exception: the solver of the complete isolation checkers, behind an interface of ours.
      if (file.path == "checkers/isolation/sat_solver.cpp" && header == "cadical.hpp") continue;
      EXPECT_FALSE(header.ends_with(".h") || header.ends_with(".hpp"))
          << file.path << " may not include <" << header << ">";
    }
  }
}

// A protocol has no clock, socket, file or thread.
TEST(Layering, ProtocolsDoNoInputOrOutput) {
  const Rooms banned = {
      "thread", "mutex", "condition_variable", "future", "chrono",  "fstream",   "iostream",  "cstdio",
      "atomic", "ctime", "filesystem",         "random", "sstream", "semaphore", "stop_token"};
  for (const SourceFile& file : source_files()) {
    if (!is_pure(room_of(file.path)) || file.path.ends_with("_test.cpp") ||
        file.path.find("/testing/") != std::string::npos) {
      continue;
    }
    for (const std::string& line : file.lines) {
      const std::string header = included_path(line, '<', '>');
      EXPECT_FALSE(banned.contains(header)) << file.path << " may not include <" << header << ">";
    }
  }
}

}  // namespace
}  // namespace assay::project
