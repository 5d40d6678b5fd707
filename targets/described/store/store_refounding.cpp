#include "targets/described/store/store_refounding.h"

#include <poll.h>

#include <charconv>
#include <chrono>

#include "harness/core/error.h"
#include "harness/core/units.h"

namespace assay::described {

namespace {

constexpr auto kJoinPatience = std::chrono::seconds(6);
constexpr int kLookAgainMilliseconds = 100;

std::optional<std::int64_t> printed_by(const cluster::CommandResult& said) {
  std::int64_t number = 0;
  const std::string& text = said.output;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (said.exit_status != 0 || error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<NodeId> who_has_most(const std::vector<std::optional<std::int64_t>>& printed) {
  std::optional<NodeId> best;
  for (std::size_t node = 0; node < printed.size(); ++node) {
    if (!printed[node]) continue;
    if (!best || *printed[node] > *printed[static_cast<std::size_t>(*best)]) best = static_cast<NodeId>(node);
  }
  return best;
}

// A node that somebody keeps down or paused is not to be touched.
bool StoreRefounding::all_are_lost() {
  Processes& processes = *deployment_.cluster().processes();
  const auto count = static_cast<NodeId>(deployment_.places().size());
  for (NodeId node = 0; node < count; ++node) {
    if (processes.state(node) != Processes::State::running) return false;
  }
  for (const cluster::CommandResult& said : deployment_.ask_each(commands_.lost, "refound.lost")) {
    if (said.exit_status != 0) return false;
  }
  return true;
}

void StoreRefounding::look(Nanos at) {
  std::string what;
  try {
    if (!all_are_lost()) return lost_since_.reset();
    if (!lost_since_) lost_since_ = at;
    if (at - *lost_since_ < commands_.after) return;
    lost_since_.reset();
    what = found_again();
  } catch (const HarnessError& error) {
    what = std::string("could not be founded again: ") + error.what();
  }
  events_.push_back(std::to_string(at / kMillisecond) + " ms: " + what);
}

// Two that join at once disturb each other, and may take the founder its majority: the next one follows when this one belongs to the
// cluster, or when something keeps it from that.
void StoreRefounding::start_and_wait(NodeId node) {
  deployment_.cluster().processes()->start(node);
  const auto end = std::chrono::steady_clock::now() + kJoinPatience;
  while (deployment_.perform(node, commands_.lost, "refound.lost").exit_status == 0 &&
         std::chrono::steady_clock::now() < end)
    ::poll(nullptr, 0, kLookAgainMilliseconds);
}

std::string StoreRefounding::found_again() {
  const std::vector<NodePlace>& places = deployment_.places();
  Processes& processes = *deployment_.cluster().processes();
  const auto count = static_cast<NodeId>(places.size());
  for (NodeId node = 0; node < count; ++node) processes.kill(node);
  std::vector<std::optional<std::int64_t>> positions;
  std::string told;
  for (const cluster::CommandResult& said : deployment_.ask_each(commands_.position, "refound.position")) {
    positions.push_back(printed_by(said));
    told += (told.empty() ? "" : ", ") + places[positions.size() - 1].node + " has " +
            (positions.back() ? std::to_string(*positions.back()) : "nothing");
  }
  const std::optional<NodeId> best = who_has_most(positions);
  for (NodeId node = 0; best && node < count; ++node) {
    const std::string& command = node == *best ? commands_.found : commands_.follow;
    if (command.empty()) continue;
    const cluster::CommandResult said = deployment_.perform(node, command, "refound");
    if (said.exit_status != 0)
      throw HarnessError(places[static_cast<std::size_t>(node)].node + ": " + said.output + said.error);
  }
  if (best) start_and_wait(*best);
  for (NodeId node = 0; node < count; ++node) {
    if (!best) processes.start(node);
    if (best && node != *best) start_and_wait(node);
  }
  return (best ? "founded again at " + places[static_cast<std::size_t>(*best)].node : "nobody can found it") +
         " (" + told + ")";
}

}  // namespace assay::described
