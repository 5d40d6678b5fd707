#include "targets/refdb/text/text_operation.h"

#include <algorithm>

#include "harness/core/assert.h"

namespace assay::refdb::text {

namespace {

using Kind = TextOperation::Kind;
using Piece = TextOperation::Piece;

// Walks over the pieces of an edit, any number of bytes at a time.
class Walk {
 public:
  explicit Walk(const std::vector<Piece>& pieces) : pieces_(pieces) {}

  bool at_end() const { return next_ == pieces_.size(); }
  bool is(Kind kind) const { return !at_end() && pieces_[next_].kind == kind; }
  std::size_t left() const { return pieces_[next_].count - used_; }
  std::string_view text() const { return std::string_view(pieces_[next_].text).substr(used_); }
  void skip(std::size_t count) {
    used_ += count;
    if (used_ < pieces_[next_].count) return;
    ++next_;
    used_ = 0;
  }

 private:
  const std::vector<Piece>& pieces_;
  std::size_t next_ = 0;
  std::size_t used_ = 0;
};

}  // namespace

TextOperation TextOperation::insertion(std::size_t size, std::size_t position, std::string_view text) {
  ASSAY_ASSERT(position <= size);
  TextOperation result;
  result.retain(position);
  result.insert(text);
  result.retain(size - position);
  return result;
}

TextOperation TextOperation::erasure(std::size_t size, std::size_t position, std::size_t count) {
  ASSAY_ASSERT(position <= size && count <= size - position);
  TextOperation result;
  result.retain(position);
  result.erase(count);
  result.retain(size - position - count);
  return result;
}

void TextOperation::retain(std::size_t count) {
  if (count == 0) return;
  size_before_ += count;
  size_after_ += count;
  if (!pieces_.empty() && pieces_.back().kind == Kind::retain) {
    pieces_.back().count += count;
  } else {
    pieces_.push_back({Kind::retain, count, {}});
  }
}

void TextOperation::insert(std::string_view text) {
  if (text.empty()) return;
  size_after_ += text.size();
  auto place = pieces_.end();
  if (place != pieces_.begin() && std::prev(place)->kind == Kind::erase) --place;
  if (place != pieces_.begin() && std::prev(place)->kind == Kind::insert) {
    std::prev(place)->text += text;
    std::prev(place)->count += text.size();
  } else {
    pieces_.insert(place, {Kind::insert, text.size(), std::string(text)});
  }
}

void TextOperation::erase(std::size_t count) {
  if (count == 0) return;
  size_before_ += count;
  if (!pieces_.empty() && pieces_.back().kind == Kind::erase) {
    pieces_.back().count += count;
  } else {
    pieces_.push_back({Kind::erase, count, {}});
  }
}

bool TextOperation::changes_nothing() const {
  return std::all_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.kind == Kind::retain; });
}

std::optional<std::string> TextOperation::apply(std::string_view before) const {
  if (before.size() != size_before_) return std::nullopt;
  std::string after;
  after.reserve(size_after_);
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::insert) {
      after += piece.text;
      continue;
    }
    if (piece.kind == Kind::retain) after += before.substr(0, piece.count);
    before.remove_prefix(piece.count);
  }
  return after;
}

std::optional<TextOperation> TextOperation::compose(const TextOperation& next) const {
  if (size_after_ != next.size_before_) return std::nullopt;
  TextOperation result;
  Walk first(pieces_), second(next.pieces_);
  while (!first.at_end() || !second.at_end()) {
    if (first.is(Kind::erase)) {
      result.erase(first.left());
      first.skip(first.left());
    } else if (second.is(Kind::insert)) {
      result.insert(second.text());
      second.skip(second.left());
    } else {
      // Both are about bytes of the text between them, of which both have equally many left.
      const std::size_t count = std::min(first.left(), second.left());
      if (second.is(Kind::retain)) {
        if (first.is(Kind::retain)) {
          result.retain(count);
        } else {
          result.insert(first.text().substr(0, count));
        }
      } else if (first.is(Kind::retain)) {
        result.erase(count);
      }
      first.skip(count);
      second.skip(count);
    }
  }
  return result;
}

std::optional<std::pair<TextOperation, TextOperation>> TextOperation::transform(const TextOperation& a,
                                                                                const TextOperation& b) {
  if (a.size_before_ != b.size_before_) return std::nullopt;
  TextOperation a_after, b_after;
  Walk first(a.pieces_), second(b.pieces_);
  while (!first.at_end() || !second.at_end()) {
    if (first.is(Kind::insert)) {
      a_after.insert(first.text());
      b_after.retain(first.left());
      first.skip(first.left());
    } else if (second.is(Kind::insert)) {
      a_after.retain(second.left());
      b_after.insert(second.text());
      second.skip(second.left());
    } else {
      const std::size_t count = std::min(first.left(), second.left());
      const bool first_erases = first.is(Kind::erase), second_erases = second.is(Kind::erase);
      if (!first_erases && !second_erases) {
        a_after.retain(count);
        b_after.retain(count);
      } else if (first_erases && !second_erases) {
        a_after.erase(count);
      } else if (second_erases && !first_erases) {
        b_after.erase(count);
      }
      first.skip(count);
      second.skip(count);
    }
  }
  return std::pair(std::move(a_after), std::move(b_after));
}

void TextOperation::write(wire::Writer& writer) const {
  writer.number(pieces_.size());
  for (const Piece& piece : pieces_) {
    writer.byte(static_cast<std::uint8_t>(piece.kind));
    if (piece.kind == Kind::insert) {
      writer.bytes(piece.text);
    } else {
      writer.number(piece.count);
    }
  }
}

TextOperation TextOperation::read(wire::Reader& reader) {
  TextOperation result;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const std::uint8_t kind = reader.byte();
    if (kind == static_cast<std::uint8_t>(Kind::insert)) {
      result.insert(reader.bytes(kTextBytesMax));
    } else {
      const std::uint64_t bytes = reader.number();
      if (kind > static_cast<std::uint8_t>(Kind::erase) || bytes > kTextBytesMax) reader.fail();
      if (!reader.ok()) break;
      if (kind == static_cast<std::uint8_t>(Kind::retain)) {
        result.retain(bytes);
      } else {
        result.erase(bytes);
      }
    }
    if (result.size_before_ > kTextBytesMax || result.size_after_ > kTextBytesMax) reader.fail();
  }
  return reader.ok() ? result : TextOperation();
}

}  // namespace assay::refdb::text
