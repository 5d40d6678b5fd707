// Whether texts keep what was inserted into them, byte by byte, whatever the positions meant: an acknowledged insertion's
// bytes are there, but for as many as were erased, and no more of a byte are there than were inserted.
//
// Thread safety: none. Complexity: linear in the texts. Memory: a few KiB for each key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkers/datatypes/final_reads.h"
#include "checkers/datatypes/report.h"
#include "harness/core/history.h"

namespace assay::checkers::datatypes {

// What was done to one text.
class KeptText {
 public:
  // An insert or erase; those that failed are left out.
  void note(const Operation& operation, const Mop& mop);

  // Accuses the last reads of the text that lack or have too much. False when the budget is spent. The report knows
  // lost-write, stale-final-read and duplicate-write.
  bool judge(const History& history, const FinalReads& finals, std::uint32_t key, Report& report) const;

 private:
  struct Difference {
    std::uint64_t lost = 0;     // bytes that are missing beyond what was erased
    std::uint64_t surplus = 0;  // bytes that nobody inserted
    unsigned char byte = 0;     // one of them
  };
  // Nothing when the value is no text.
  std::optional<Difference> compare(const Value& found) const;
  void accuse(const char* anomaly, const History& history, const FinalReads& finals, std::uint32_t key,
              const FinalReads::Read& read, const Difference& difference, Report& report) const;
  // Operations that inserted the byte, and all erasures: those that show a difference.
  std::vector<OpId> witnesses(const History& history, Key key, const Difference& difference) const;

  std::array<std::uint64_t, 256> acknowledged_{}, attempted_{};
  std::uint64_t erased_ = 0;  // at most
};

}  // namespace assay::checkers::datatypes
