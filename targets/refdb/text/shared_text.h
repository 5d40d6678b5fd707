// Collaborative text through a server (the Jupiter protocol: Nichols et al., "High-latency, low-bandwidth windowing
// in the Jupiter collaboration system", UIST 1995). The server gives all edits one order, the revisions. An author
// applies its own edits at once, has one of them under way to the server at a time, and composes those made
// meanwhile; edits of others are transformed against both. When nothing is under way, all texts are equal.
//
// Thread safety: none. Errors: an edit of a revision that does not exist, or that does not fit, gives nothing and
// changes nothing. Complexity: an edit costs a transformation for every revision that its author had not seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "targets/refdb/text/text_operation.h"

namespace assay::refdb::text {

class TextServer {
 public:
  // An edit that its author made of the text of `revision`. Returns it as it was applied; the new revision() is its
  // number. To be sent to all authors, to its own as the acknowledgement.
  std::optional<TextOperation> receive(std::uint64_t revision, TextOperation edit);

  const std::string& text() const { return text_; }
  std::uint64_t revision() const { return history_.size(); }
  // The edit that made revision `number`, from 1. Requires: there is one.
  const TextOperation& edit(std::uint64_t number) const;

 private:
  std::string text_;
  std::vector<TextOperation> history_;
};

class TextAuthor {
 public:
  struct Submission {
    std::uint64_t revision = 0;
    TextOperation edit;
  };

  // An edit of text() made here. Returns what to send to the server now, if anything.
  std::optional<Submission> edit(const TextOperation& edit);
  // Another author's edit, in order of revisions; false when it does not fit.
  bool receive(const TextOperation& edit);
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
