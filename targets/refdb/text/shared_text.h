// Collaborative text through a server (the Jupiter protocol: Nichols et al., "High-latency, low-bandwidth windowing
// in the Jupiter collaboration system", UIST 1995). The server gives all edits one order, the revisions. An author
// applies its own edits at once, has one of them under way to the server at a time, and composes those made
// meanwhile; edits of others are transformed against both. When nothing is under way, all texts are equal.
//
// Thread safety: none. Errors: an edit of a revision that does not exist, or that does not fit, gives nothing and
// changes nothing. The server need not keep its whole history: of the oldest edits it can keep the text that they came to,
// once every author has them; to an author that has nothing they are one edit, which inserts that text. Complexity: an edit costs a transformation for every revision that its author had not seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "targets/refdb/text/text_operation.h"

namespace assay::refdb::text {

class TextServer {
 public:
  // An edit that its author made of the text of `revision`. Returns it as it was applied; the new revision() is its
  // number. To be sent to all authors, to its own as the acknowledgement.
  std::optional<TextOperation> receive(std::uint64_t revision, TextOperation edit);

  const std::string& text() const { return text_; }
  std::uint64_t revision() const { return forgotten_ + history_.size(); }
  // The edit that made revision `number`. Requires: there is one, and it is not forgotten.
  const TextOperation& edit(std::uint64_t number) const;

  // The edits up to this revision, which all authors have, are kept as their text only. Requires: there is such a revision.
  void forget(std::uint64_t revision);
  std::uint64_t forgotten() const { return forgotten_; }
  // What the forgotten edits come to.
  const std::string& forgotten_text() const { return forgotten_text_; }
  TextOperation forgotten_edit() const { return TextOperation::insertion(0, 0, forgotten_text_); }
  // Begins with these instead of nothing. Requires: nothing was received.
  void begin_with(std::uint64_t forgotten, std::string text);

 private:
  std::string text_;
  std::deque<TextOperation> history_;
  std::uint64_t forgotten_ = 0;
  std::string forgotten_text_;
};

class TextAuthor {
 public:
  struct Submission {
    std::uint64_t revision = 0;
    TextOperation edit;
  };

  // An edit of text() made here. Returns what to send to the server now, if anything.
  std::optional<Submission> edit(const TextOperation& edit);
  // Another author's edit, in order of revisions, or the one that stands for the first of them; false when it does not fit.
  // Requires: several only of an author that has none.
  bool receive(const TextOperation& edit, std::uint64_t revisions = 1);
  // The edit under way became the next revision. Returns what to send now, if anything. Requires: one is under way.
  std::optional<Submission> acknowledged();

  const std::string& text() const { return text_; }
  std::uint64_t revision() const { return revision_; }
  // What to send again when it may have been lost.
  std::optional<Submission> under_way() const;

  void write(wire::Writer& writer) const;
  static TextAuthor read(wire::Reader& reader);

 private:
  std::string text_;
  std::uint64_t revision_ = 0;
  std::optional<TextOperation> under_way_;
  std::optional<TextOperation> waiting_;
};

}  // namespace assay::refdb::text
