#include "targets/refdb/text/shared_text.h"

#include <utility>

#include "harness/core/assert.h"

namespace assay::refdb::text {

std::optional<TextOperation> TextServer::receive(std::uint64_t revision, TextOperation edit) {
  if (revision > this->revision() || (revision > 0 && revision < forgotten_)) return std::nullopt;
  if (revision < forgotten_) {
    auto transformed = TextOperation::transform(edit, forgotten_edit());
    if (!transformed) return std::nullopt;
    edit = std::move(transformed->first);
    revision = forgotten_;
  }
  for (std::size_t i = revision - forgotten_; i < history_.size(); ++i) {
    auto transformed = TextOperation::transform(edit, history_[i]);
    if (!transformed) return std::nullopt;
    edit = std::move(transformed->first);
  }
  std::optional<std::string> after = edit.apply(text_);
  if (!after || after->size() > kTextBytesMax) return std::nullopt;
  text_ = std::move(*after);
  history_.push_back(edit);
  return edit;
}

const TextOperation& TextServer::edit(std::uint64_t number) const {
  ASSAY_ASSERT(number > forgotten_ && number <= revision());
  return history_[number - forgotten_ - 1];
}

void TextServer::forget(std::uint64_t revision) {
  ASSAY_ASSERT(revision <= this->revision());
  while (forgotten_ < revision) {
    forgotten_text_ = *history_.front().apply(forgotten_text_);
    history_.pop_front();
    ++forgotten_;
  }
}

void TextServer::begin_with(std::uint64_t forgotten, std::string text) {
  ASSAY_ASSERT(revision() == 0);
  forgotten_ = forgotten;
  text_ = forgotten_text_ = std::move(text);
}

std::optional<TextAuthor::Submission> TextAuthor::edit(const TextOperation& edit) {
  std::optional<std::string> after = edit.apply(text_);
  ASSAY_ASSERT(after.has_value());
  text_ = std::move(*after);
  if (!under_way_) {
    under_way_ = edit;
    return under_way();
  }
  waiting_ = waiting_ ? waiting_->compose(edit) : edit;
  return std::nullopt;
}

bool TextAuthor::receive(const TextOperation& edit, std::uint64_t revisions) {
  ASSAY_ASSERT(revisions == 1 || revision_ == 0);
  std::optional<TextOperation> under_way = under_way_, waiting = waiting_;
  TextOperation theirs = edit;
  for (std::optional<TextOperation>* mine : {&under_way, &waiting}) {
    if (!*mine) continue;
    auto transformed = TextOperation::transform(**mine, theirs);
    if (!transformed) return false;
    *mine = std::move(transformed->first);
    theirs = std::move(transformed->second);
  }
  std::optional<std::string> after = theirs.apply(text_);
  if (!after) return false;
  text_ = std::move(*after);
  under_way_ = std::move(under_way);
  waiting_ = std::move(waiting);
  revision_ += revisions;
  return true;
}

std::optional<TextAuthor::Submission> TextAuthor::acknowledged() {
  ASSAY_ASSERT(under_way_.has_value());
  ++revision_;
  under_way_ = std::exchange(waiting_, std::nullopt);
  return under_way();
}

std::optional<TextAuthor::Submission> TextAuthor::under_way() const {
  if (!under_way_) return std::nullopt;
  return Submission{revision_, *under_way_};
}

void TextAuthor::write(wire::Writer& writer) const {
  writer.bytes(text_);
  writer.number(revision_);
  for (const auto* edit : {&under_way_, &waiting_}) {
    writer.byte(edit->has_value() ? 1 : 0);
    if (*edit) (*edit)->write(writer);
  }
}

TextAuthor TextAuthor::read(wire::Reader& reader) {
  TextAuthor result;
  result.text_ = reader.bytes(kTextBytesMax);
  result.revision_ = reader.number();
  for (auto* edit : {&result.under_way_, &result.waiting_}) {
    if (reader.byte() != 0) *edit = TextOperation::read(reader);
  }
  return result;
}

}  // namespace assay::refdb::text
