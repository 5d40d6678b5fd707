#include "targets/postgres/failover_rules.h"

#include <charconv>

namespace assay::postgres {

namespace {

bool parse_half(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc() && end == text.data() + text.size() && number <= UINT32_MAX;
}

}  // namespace

std::uint64_t parse_position(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::uint64_t high = 0, low = 0;
  if (slash == std::string_view::npos || !parse_half(text.substr(0, slash), high) ||
      !parse_half(text.substr(slash + 1), low)) {
    return 0;
  }
  return high << 32 | low;
}

bool spoken_against(std::span<const NodeView> views, NodeId primary) {
  std::size_t against = 0;
  for (std::size_t node = 0; node < views.size(); ++node) {
    const NodeView& view = views[node];
    if (static_cast<NodeId>(node) == primary) {
      if (!view.answers) ++against;
      continue;
    }
    if (!view.answers || view.primary) continue;
    if (view.receiving) return false;
    ++against;
  }
  return 2 * against > views.size();
}

bool GoneWatch::look(Nanos now, std::span<const NodeView> views, NodeId primary) {
  if (!spoken_against(views, primary)) {
    since_.reset();
    return false;
  }
  if (!since_) since_ = now;
  return now - *since_ >= patience_;
}

Choice choose_standby(std::span<const NodeView> views, NodeId gone, const FailoverRules& rules) {
  Choice choice;
  std::size_t standbys = 0, answering = 0;
  std::uint64_t most = 0;
  for (std::size_t node = 0; node < views.size(); ++node) {
    const auto id = static_cast<NodeId>(node);
    if (id == gone) continue;
    ++standbys;
    const NodeView& view = views[node];
    if (!view.answers || view.primary) continue;
    ++answering;
    if (choice.node && view.position <= most) continue;
    choice.node = id;
    most = view.position;
  }
  if (!choice.node) return {std::nullopt, "no standby answers"};
  const auto waited_for = static_cast<std::size_t>(rules.acknowledgements);
  if (waited_for > 0 && answering + waited_for <= standbys) {
    return {std::nullopt, std::to_string(answering) + " of " + std::to_string(standbys) +
                              " standbys answer; another one may have commits that they lack"};
  }
  choice.why = "has the most log of " + std::to_string(answering) + " standbys that answer";
  return choice;
}

}  // namespace assay::postgres
