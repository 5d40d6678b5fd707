// The options of mode leaderless, as the protocol uses them.
//
// Thread safety: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "targets/refdb/replica/options.h"

namespace assay::refdb::leaderless {

std::span<const OptionSpec> option_specs();

struct Settings {
  std::size_t replicas = 3;  // n
  std::size_t read_quorum = 2;
  std::size_t write_quorum = 2;
  bool client_coordinates = false;
  enum class Repair : std::uint8_t { before, after, none } repair = Repair::after;
  enum class Timestamps : std::uint8_t { hybrid, wall, quorum } timestamps = Timestamps::hybrid;
  bool siblings = false;
  bool data_types = false;
  bool sloppy = false;
  bool paxos = false;
  bool sync = true;
  std::int64_t anti_entropy = 0;  // 0: none
  std::int64_t gossip = 0;
  std::int64_t suspect_after = 0;
  std::int64_t request_timeout = 0;
  std::int64_t clock_ahead_max = 0;
  std::int64_t tombstone_life = 0;  // 0: for ever
};

// Requires: refuse() had nothing to say.
Settings settings_of(const Options& options);

// "one" is 1, "quorum" the smallest majority of `replicas`, "all" all; a number is itself. Nothing for any other text.
std::optional<std::size_t> level_of(std::string_view text, std::size_t replicas);

std::string claim(const Options& options, int nodes);
std::optional<std::string> refuse(const Options& options, int nodes);

}  // namespace assay::refdb::leaderless
