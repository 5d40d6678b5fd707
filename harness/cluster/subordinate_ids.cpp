#include "harness/cluster/subordinate_ids.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace assay::cluster {
namespace {

constexpr std::uint32_t kFirstUsual = 100'000;

bool is_number(std::string_view text, std::uint32_t& number) {
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  return trouble == std::errc() && end == text.data() + text.size();
}

void for_each_range(std::string_view text, const std::function<void(std::string_view, const IdRange&)>& use) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t first = line.find(':');
    if (first == std::string_view::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    IdRange range;
    if (is_number(line.substr(first + 1, second - first - 1), range.first) &&
        is_number(line.substr(second + 1), range.count))
      use(line.substr(0, first), range);
  }
}

}  // namespace

std::optional<IdRange> subordinate_ids(std::string_view text, const std::string& user, std::uint32_t id) {
  std::optional<IdRange> found;
  for_each_range(text, [&](std::string_view owner, const IdRange& range) {
    const bool own = owner == user || owner == std::to_string(id);
    if (own && !found && range.count >= kSubordinateIdsNeeded) found = range;
  });
  return found;
}

std::uint32_t first_free_subordinate_id(std::string_view text) {
  std::uint32_t free = kFirstUsual;
  for_each_range(text, [&](std::string_view, const IdRange& range) {
    free = std::max(free, range.first + range.count);
  });
  return free;
}

}  // namespace assay::cluster
