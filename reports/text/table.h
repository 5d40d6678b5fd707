// A table for a fixed-width terminal: columns as wide as their widest cell, counted in characters, not bytes.
//
// Requires: every row has as many cells as the header.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

// Characters of a UTF-8 text.
std::size_t text_width(std::string_view text);
// Cut to `width` characters, the last one "…" when something is lost.
std::string shortened(std::string_view text, std::size_t width);
// Broken at blanks into lines of at most `width` characters; a longer word stands alone.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

class Table {
 public:
  // A header that starts with '>' is aligned to the right, without the sign.
  explicit Table(std::vector<std::string> header);
  void add(std::vector<std::string> row);
  // Each line starts with `indent`; the header first.
  std::string text(std::string_view indent) const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace assay::reports
