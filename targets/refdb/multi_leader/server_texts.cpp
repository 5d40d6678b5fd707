#include "targets/refdb/multi_leader/server_texts.h"

#include <algorithm>

#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr std::string_view kAuthorPrefix = "t/";
constexpr std::string_view kHistoryPrefix = "h/";
constexpr std::size_t kEditsAtOnce = 100;

std::string row_of(std::string_view prefix, Key key) {
  std::string row(prefix);
  wire::append_big_endian(row, static_cast<std::uint64_t>(key));
  return row;
}

}  // namespace

void ServerTexts::load(const StorageReader& storage) {
  storage.scan(kAuthorPrefix, [&](std::string_view row, std::string_view bytes) {
    if (row.size() != 10) return;
    wire::Reader reader(bytes);
    Authored mine;
    mine.number = reader.number();
    mine.author = text::TextAuthor::read(reader);
    if (reader.finished()) authors_[static_cast<Key>(wire::read_big_endian(row.substr(2)))] = std::move(mine);
  });
  storage.scan(kHistoryPrefix, [&](std::string_view row, std::string_view bytes) {
    if (row.size() != 18) return;
    Served& served = servers_[static_cast<Key>(wire::read_big_endian(row.substr(2, 8)))];
    wire::Reader reader(bytes);
    OrderedEdit edit;
    edit.author = reader.number();
    edit.number = reader.number();
    edit.edit = text::TextOperation::read(reader);
    if (!reader.finished() || !served.server.receive(served.server.revision(), edit.edit)) return;
    served.last_of[edit.author] = edit.number;
    served.history.push_back(std::move(edit));
  });
}

std::string ServerTexts::text(Key key) const {
  if (const auto served = servers_.find(key); served != servers_.end()) return served->second.server.text();
  const auto mine = authors_.find(key);
  return mine == authors_.end() ? std::string() : mine->second.author.text();
}

ServerTexts::Outgoing ServerTexts::submission(Key key, const Authored& mine,
                                              const text::TextAuthor::Submission& sent, PeerId hub) {
  Outgoing out;
  out.to = hub;
  out.message.kind = MessageKind::edit;
  out.message.edit = {key, mine.number, sent.revision, sent.edit};
  return out;
}

void ServerTexts::edit(Key key, const text::TextOperation& edit, std::vector<Outgoing>& out) {
  if (self_ == hub_) {
    Served& served = servers_[key];
    return order(key, {self_, served.last_of[self_] + 1, edit}, served.server.revision(), out);
  }
  Authored& mine = authors_[key];
  changed_authors_.insert(key);
  const auto sent = mine.author.edit(edit);
  if (!sent) return;
  ++mine.number;
  out.push_back(submission(key, mine, *sent, hub_));
}

void ServerTexts::order(Key key, OrderedEdit edit, std::uint64_t revision, std::vector<Outgoing>& out) {
  Served& served = servers_[key];
  std::optional<text::TextOperation> applied = served.server.receive(revision, std::move(edit.edit));
  if (!applied) {
    ++dropped_;
    return;
  }
  edit.edit = std::move(*applied);
  served.last_of[edit.author] = edit.number;
  served.history.push_back(edit);
  unwritten_.emplace_back(key, served.history.size());
  ++ordered_;
  Outgoing sent;
  sent.message.kind = MessageKind::edits;
  sent.message.edits = {key, served.server.revision(), {std::move(edit)}};
  out.push_back(std::move(sent));
}

void ServerTexts::receive(PeerId from, SubmittedEdit edit, std::vector<Outgoing>& out) {
  if (self_ != hub_) {
    ++dropped_;
    return;
  }
  const std::uint64_t last = servers_[edit.key].last_of[from];
  if (edit.number <= last) return;  // once is enough
  if (edit.number > last + 1) {
    ++dropped_;
    return;
  }
  order(edit.key, {from, edit.number, std::move(edit.edit)}, edit.revision, out);
}

void ServerTexts::heard(PeerId from, const std::map<Key, std::uint64_t>& revisions,
                        std::vector<Outgoing>& out) const {
  for (const auto& [key, served] : servers_) {
    const auto found = revisions.find(key);
    const std::uint64_t has = found == revisions.end() ? 0 : found->second;
    if (has >= served.history.size()) continue;
    const std::size_t end = std::min<std::size_t>(served.history.size(), has + kEditsAtOnce);
    Outgoing sent;
    sent.to = from;
    sent.message.kind = MessageKind::edits;
    sent.message.edits = {key, has + 1, {}};
    for (std::size_t i = has; i < end; ++i) sent.message.edits.edits.push_back(served.history[i]);
    out.push_back(std::move(sent));
  }
}

void ServerTexts::receive(const OrderedEdits& edits, std::vector<Outgoing>& out) {
  Authored& mine = authors_[edits.key];
  std::uint64_t revision = edits.first_revision;
  for (const OrderedEdit& edit : edits.edits) {
    if (revision > mine.author.revision() + 1) return;  // the hub will hear what is missing
    if (revision++ <= mine.author.revision()) continue;
    changed_authors_.insert(edits.key);
    if (edit.author != self_) {
      if (!mine.author.receive(edit.edit)) {
        ++dropped_;
        return;
      }
      continue;
    }
    if (edit.number != mine.number || !mine.author.under_way()) {
      ++dropped_;
      return;
    }
    const auto next = mine.author.acknowledged();
    if (!next) continue;
    ++mine.number;
    out.push_back(submission(edits.key, mine, *next, hub_));
  }
}

std::map<Key, std::uint64_t> ServerTexts::revisions() const {
  std::map<Key, std::uint64_t> result;
  for (const auto& [key, mine] : authors_) result[key] = mine.author.revision();
  return result;
}

void ServerTexts::send_again(std::vector<Outgoing>& out) const {
  for (const auto& [key, mine] : authors_) {
    if (const auto sent = mine.author.under_way()) out.push_back(submission(key, mine, *sent, hub_));
  }
}

void ServerTexts::take_writes(Effects& effects) {
  for (const Key key : changed_authors_) {
    std::string bytes;
    wire::Writer writer(bytes);
    writer.number(authors_[key].number);
    authors_[key].author.write(writer);
    effects.writes.push_back({row_of(kAuthorPrefix, key), std::move(bytes)});
  }
  changed_authors_.clear();
  for (const auto& [key, revision] : unwritten_) {
    const OrderedEdit& edit = servers_[key].history[revision - 1];
    std::string row = row_of(kHistoryPrefix, key), bytes;
    wire::append_big_endian(row, revision);
    wire::Writer writer(bytes);
    writer.number(edit.author);
    writer.number(edit.number);
    edit.edit.write(writer);
    effects.writes.push_back({std::move(row), std::move(bytes)});
  }
  unwritten_.clear();
}

}  // namespace assay::refdb::multi_leader
