// The users and groups that somebody who isn't root may have in a user namespace: lines "NAME:FIRST:COUNT" in /etc/subuid and
// /etc/subgid (subuid(5)), made use of by newuidmap and newgidmap.
//
// Thread safety: none needed. Errors: none; a line that is none is skipped, as newuidmap skips it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::cluster {

struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  friend bool operator==(const IdRange&, const IdRange&) = default;
};

// So many are needed: a Debian system's are below 65,536, and its root is the user.
inline constexpr std::uint32_t kSubordinateIdsNeeded = 65'535;

// The first range in such a file's text that is the user's and large enough. Lines name the user or have the number.
std::optional<IdRange> subordinate_ids(std::string_view text, const std::string& user, std::uint32_t id);

// The first id above all ranges, for a sentence that says what line to add; at least 100,000.
std::uint32_t first_free_subordinate_id(std::string_view text);

}  // namespace assay::cluster
