#include "targets/refdb/multi_leader/server_texts.h"

#include <algorithm>

#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr std::string_view kAuthorPrefix = "t/";
constexpr std::string_view kHistoryPrefix = "h/";
constexpr std::string_view kBasePrefix = "b/";
constexpr std::size_t kEditsAtOnce = 100;
// To forget costs a write of the whole text.
constexpr std::uint64_t kForgottenAtOnce = 64;

std::string row_of(std::string_view prefix, Key key) {
  std::string row(prefix);
  wire::append_big_endian(row, static_cast<std::uint64_t>(key));
  return row;
}

std::string history_row(Key key, std::uint64_t revision) {
  std::string row = row_of(kHistoryPrefix, key);
  wire::append_big_endian(row, revision);
  return row;
}

}  // namespace

void ServerTexts::load_bases(const StorageReader& storage) {
  storage.scan(kBasePrefix, [&](std::string_view row, std::string_view bytes) {
    if (row.size() != 10) return;
    wire::Reader reader(bytes);
    const std::uint64_t forgotten = reader.number();
    std::string text(reader.bytes(text::kTextBytesMax));
    std::map<std::uint64_t, std::uint64_t> last_of;
    for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
      const std::uint64_t author = reader.number();
      last_of[author] = reader.number();
    }
    if (!reader.finished()) return;
    Served& served = servers_[static_cast<Key>(wire::read_big_endian(row.substr(2)))];
    served.server.begin_with(forgotten, std::move(text));
    served.last_of = std::move(last_of);
  });
}

void ServerTexts::load(const StorageReader& storage) {
  load_bases(storage);
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
                                              const text::TextAuthor::Submission& sent) const {
  Outgoing out;
  out.to = hub_;
  out.message.kind = MessageKind::edit;
  out.message.edit = {key, actor_, mine.number, sent.revision, sent.edit};
  return out;
}

void ServerTexts::edit(Key key, const text::TextOperation& edit, std::vector<Outgoing>& out) {
  if (self_ == hub_) {
    Served& served = servers_[key];
    return order(key, {actor_, served.last_of[actor_] + 1, edit}, served.server.revision(), out);
  }
  Authored& mine = authors_[key];
  changed_authors_.insert(key);
  const auto sent = mine.author.edit(edit);
  if (!sent) return;
  ++mine.number;
  out.push_back(submission(key, mine, *sent));
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
  unwritten_.emplace_back(key, served.server.revision());
  ++ordered_;
  Outgoing sent;
  sent.message.kind = MessageKind::edits;
  sent.message.edits = {key, served.server.revision(), 1, {std::move(edit)}};
  out.push_back(std::move(sent));
}

void ServerTexts::receive(SubmittedEdit edit, std::vector<Outgoing>& out) {
  if (self_ != hub_) {
    ++dropped_;
    return;
  }
  const std::uint64_t last = servers_[edit.key].last_of[edit.author];
  if (edit.number <= last) return;  // once is enough
  if (edit.number > last + 1) {
    ++dropped_;
    return;
  }
  order(edit.key, {edit.author, edit.number, std::move(edit.edit)}, edit.revision, out);
}

OrderedEdits ServerTexts::missing(Key key, const Served& served, std::uint64_t has) {
  OrderedEdits edits{key, has + 1, 1, {}};
  const std::uint64_t forgotten = served.server.forgotten();
  // A node that has nothing gets one edit for all that is forgotten; others have that.
  if (has == 0 && forgotten > 0) {
    edits.first_stands_for = forgotten;
    edits.edits.push_back({kNoAuthor, 0, served.server.forgotten_edit()});
  } else if (has < forgotten) {
    return edits;
  }
  const std::size_t begin = std::max(has, forgotten) - forgotten;
  const std::size_t end = std::min<std::size_t>(served.history.size(), begin + kEditsAtOnce);
  for (std::size_t i = begin; i < end; ++i) edits.edits.push_back(served.history[i]);
  return edits;
}

void ServerTexts::heard(PeerId from, const std::map<Key, std::uint64_t>& revisions,
                        std::vector<Outgoing>& out) {
  for (auto& [key, served] : servers_) {
    const auto found = revisions.find(key);
    const std::uint64_t has = found == revisions.end() ? 0 : found->second;
    served.stored_by[from] = has;
    forget(key, served);
    if (has >= served.server.revision()) continue;
    Outgoing sent;
    sent.to = from;
    sent.message.kind = MessageKind::edits;
    sent.message.edits = missing(key, served, has);
    if (!sent.message.edits.edits.empty()) out.push_back(std::move(sent));
  }
}

void ServerTexts::forget(Key key, Served& served) {
  if (served.stored_by.size() + 1 < nodes_) return;
  const auto by_revision = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [least, most] =
      std::minmax_element(served.stored_by.begin(), served.stored_by.end(), by_revision);
  if (least == served.stored_by.end()) return;
  const std::uint64_t everybody_has =
      std::min((forgets_early_ ? most : least)->second, served.server.revision());
  const std::uint64_t forgotten = served.server.forgotten();
  if (everybody_has < forgotten + kForgottenAtOnce) return;
  served.server.forget(everybody_has);
  served.history.erase(served.history.begin(),
                       served.history.begin() + static_cast<std::ptrdiff_t>(everybody_has - forgotten));
  changed_bases_.insert(key);
  forgotten_rows_.emplace_back(history_row(key, forgotten + 1), history_row(key, everybody_has + 1));
  forgotten_ += static_cast<std::int64_t>(everybody_has - forgotten);
}

void ServerTexts::receive(const OrderedEdits& edits, std::vector<Outgoing>& out) {
  Authored& mine = authors_[edits.key];
  std::uint64_t revision = edits.first_revision;
  std::uint64_t stands_for = edits.first_stands_for;
  for (const OrderedEdit& edit : edits.edits) {
    if (revision > mine.author.revision() + 1) return;  // the hub will hear what is missing
    const std::uint64_t first = std::exchange(revision, revision + stands_for);
    const std::uint64_t revisions = std::exchange(stands_for, 1);
    if (first <= mine.author.revision()) {
      if (revisions > 1 && revision > mine.author.revision() + 1) return;  // a part of them is here
      continue;
    }
    changed_authors_.insert(edits.key);
    if (edit.author != actor_) {
      if (!mine.author.receive(edit.edit, revisions)) {
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
    out.push_back(submission(edits.key, mine, *next));
  }
}

std::map<Key, std::uint64_t> ServerTexts::revisions() const {
  std::map<Key, std::uint64_t> result;
  for (const auto& [key, mine] : authors_) result[key] = mine.author.revision();
  return result;
}

void ServerTexts::send_again(std::vector<Outgoing>& out) const {
  for (const auto& [key, mine] : authors_) {
    if (const auto sent = mine.author.under_way()) out.push_back(submission(key, mine, *sent));
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
    const Served& served = servers_[key];
    if (revision <= served.server.forgotten()) continue;
    const OrderedEdit& edit = served.history[revision - served.server.forgotten() - 1];
    std::string bytes;
    wire::Writer writer(bytes);
    writer.number(edit.author);
    writer.number(edit.number);
    edit.edit.write(writer);
    effects.writes.push_back({history_row(key, revision), std::move(bytes)});
  }
  unwritten_.clear();
  for (const Key key : std::exchange(changed_bases_, {})) {
    const Served& served = servers_[key];
    std::string bytes;
    wire::Writer writer(bytes);
    writer.number(served.server.forgotten());
    writer.bytes(served.server.forgotten_text());
    writer.number(served.last_of.size());
    for (const auto& [author, number] : served.last_of) {
      writer.number(author);
      writer.number(number);
    }
    effects.writes.push_back({row_of(kBasePrefix, key), std::move(bytes)});
  }
  for (auto& rows : std::exchange(forgotten_rows_, {})) effects.delete_ranges.push_back(std::move(rows));
}

}  // namespace assay::refdb::multi_leader
