// Which operations of unknown outcome a configuration has spent. Operations with the same effect form a class
// and are spent in order of invocation, so a set is a count per class; equal sets share one number, so a
// configuration keeps four bytes however many such operations there are.
//
// Thread safety: none. Complexity: a set is as long as the classes that were ever spent in it.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "checkers/common/limits.h"

namespace assay::checkers {

class InfoSets {
 public:
  static constexpr std::uint32_t kEmpty = 0;

  explicit InfoSets(Limits& limits) : charge_(limits) { sets_.emplace_back(); }

  std::uint32_t spent(std::uint32_t set, std::uint32_t info_class) const;
  // The set with one more of the class spent.
  std::uint32_t spend(std::uint32_t set, std::uint32_t info_class);

  // Whether `a` spent no more than `b` of any class that is still needed at the position (needed_until by
  // class).
  bool covers(std::uint32_t a, std::uint32_t b, const std::vector<std::uint32_t>& needed_until,
              std::uint32_t position) const;

 private:
  struct Count {
    std::uint32_t info_class;
    std::uint32_t spent;
    friend auto operator<=>(const Count&, const Count&) = default;
  };
  using Set = std::vector<Count>;  // by class

  std::vector<Set> sets_;
  std::map<Set, std::uint32_t> numbers_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> successors_;
  Charge charge_;
};

}  // namespace assay::checkers
