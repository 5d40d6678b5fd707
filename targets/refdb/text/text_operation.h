// An edit of a whole text as a walk over it: keep some bytes, insert some, erase some. Two edits of one text that
// were made without knowledge of each other are transformed so that each can follow the other and both orders give
// the same text: apply(apply(t, a), b') = apply(apply(t, b), a'). Ellis & Gibbs, "Concurrency control in groupware
// systems", SIGMOD 1989; the form with walks as in Wave (Wang, Mah, Lassen 2010).
//
// Positions count bytes. Where both insert at one place, the text of `a` comes first.
//
// Thread safety: none. Errors: an edit that does not fit the text, or two that are not of one text, give nothing.
// Complexity: linear in the pieces of the edits and the size of the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::text {

inline constexpr std::size_t kTextBytesMax = 1024 * 1024;

class TextOperation {
 public:
  enum class Kind : std::uint8_t { retain, insert, erase };
  struct Piece {
    Kind kind = Kind::retain;
    std::size_t count = 0;  // bytes; of `text` for an insertion
    std::string text;
    friend bool operator==(const Piece&, const Piece&) = default;
  };

  // An edit of a text of `size` bytes. Requires: position (and position + count) within it.
  static TextOperation insertion(std::size_t size, std::size_t position, std::string_view text);
  static TextOperation erasure(std::size_t size, std::size_t position, std::size_t count);

  // Build up an edit from left to right; neighbours of one kind become one piece, and insertions go before the
  // erasures beside them, so that equal edits are equal objects.
  void retain(std::size_t count);
  void insert(std::string_view text);
  void erase(std::size_t count);

  // Sizes of the text before and after.
  std::size_t size_before() const { return size_before_; }
  std::size_t size_after() const { return size_after_; }
  // Keeps everything as it is.
  bool changes_nothing() const;
  const std::vector<Piece>& pieces() const { return pieces_; }

  std::optional<std::string> apply(std::string_view before) const;
  // One edit that does first this, then `next`.
  std::optional<TextOperation> compose(const TextOperation& next) const;
  // (a', b').
  static std::optional<std::pair<TextOperation, TextOperation>> transform(const TextOperation& a,
                                                                          const TextOperation& b);

  void write(wire::Writer& writer) const;
  static TextOperation read(wire::Reader& reader);
  friend bool operator==(const TextOperation&, const TextOperation&) = default;

 private:
  std::vector<Piece> pieces_;
  std::size_t size_before_ = 0;
  std::size_t size_after_ = 0;
};

}  // namespace assay::refdb::text
