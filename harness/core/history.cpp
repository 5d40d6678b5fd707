#include "harness/core/history.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "harness/core/rng.h"

namespace assay {

namespace {
constexpr std::size_t kFirstChunk = 16;  // kChunk is 4^6 times as large
}

History::History() = default;
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;

std::vector<FaultWindow> History::fault_windows() const {
  std::vector<FaultWindow> windows;
  std::map<std::uint32_t, std::size_t> open;
  for (const FaultEvent& event : fault_events_) {
    if (event.stage == FaultEvent::Stage::start) {
      open[event.window] = windows.size();
      FaultWindow window;
      window.fault = event.fault;
      window.begin = event.began;
      window.nodes = event.nodes;
      window.value = event.value;
      window.evidence = event.evidence;
      window.verified = event.verified;
      windows.push_back(std::move(window));
    } else if (event.stage == FaultEvent::Stage::stop) {
      const auto found = open.find(event.window);
      if (found == open.end()) continue;
      FaultWindow& window = windows[found->second];
      window.end = event.time;
      window.heal_evidence = event.evidence;
      window.healed = event.verified;
    }
  }
  std::stable_sort(windows.begin(), windows.end(),
                   [](const FaultWindow& a, const FaultWindow& b) { return a.begin < b.begin; });
  return windows;
}

std::string History::node_name(NodeId node) const {
  if (node >= 0 && static_cast<std::size_t>(node) < node_names_.size()) return node_names_[node];
  return node == kNoNode ? std::string("-") : "n" + std::to_string(node + 1);
}

std::string History::key_name(Key key) const {
  const auto found = key_names_.find(key);
  return found != key_names_.end() ? found->second : std::to_string(key);
}

std::uint64_t History::digest() const {
  std::uint64_t hash = 0x9e3779b97f4a7c15u;
  const auto mix = [&hash](std::uint64_t x) {
    hash = (hash ^ x) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  };
  for (const Operation op : operations()) {
    mix(static_cast<std::uint64_t>(op.process));
    mix(static_cast<std::uint64_t>(op.node));
    mix(static_cast<std::uint64_t>(op.outcome));
    mix(static_cast<std::uint64_t>(op.due));
    mix(static_cast<std::uint64_t>(op.invoked));
    mix(static_cast<std::uint64_t>(op.completed));
    mix(stable_hash(op.error));
    for (const Mop& mop : op.mops) {
      mix(static_cast<std::uint64_t>(mop.fn));
      mix(static_cast<std::uint64_t>(mop.key));
      mix(mop.argument.hash());
      mix(mop.result.hash());
    }
  }
  const auto mix_facts = [&](const Facts& facts) {
    for (const Fact& fact : facts) {
      mix(stable_hash(fact.name));
      mix(fact.value.hash());
    }
  };
  for (const FaultEvent& event : fault_events_) {
    mix(static_cast<std::uint64_t>(event.time));
    mix(static_cast<std::uint64_t>(event.began));
    mix(static_cast<std::uint64_t>(event.stage));
    mix(stable_hash(event.fault));
    mix(event.window);
    for (const NodeId node : event.nodes) mix(static_cast<std::uint64_t>(node));
    mix_facts(event.value);
    mix_facts(event.evidence);
    mix(event.verified ? 1 : 0);
  }
  for (const std::string& name : node_names_) mix(stable_hash(name));
  for (const auto& [key, name] : key_names_) {
    mix(static_cast<std::uint64_t>(key));
    mix(stable_hash(name));
  }
  return hash;
}

std::size_t History::memory_bytes() const {
  std::size_t bytes = row_capacity_ * sizeof(Row) + mop_count_ * sizeof(Mop);
  const auto block_bytes = [](const Value& value) -> std::size_t {
    if (value.kind() == Value::Kind::text) return 64 + value.as_text().size();
    if (value.kind() == Value::Kind::list) return 64 + value.as_list().size() * sizeof(Value);
    return 0;
  };
  for (const Operation op : operations()) {
    for (const Mop& mop : op.mops) bytes += block_bytes(mop.argument) + block_bytes(mop.result);
  }
  for (const std::string& error : errors_) bytes += sizeof(std::string) + error.size();
  for (const FaultEvent& event : fault_events_) {
    bytes += sizeof(FaultEvent) + (event.value.size() + event.evidence.size()) * sizeof(Fact);
  }
  return bytes;
}

HistoryBuilder::HistoryBuilder() = default;
HistoryBuilder::~HistoryBuilder() = default;

void HistoryBuilder::set_node_names(std::vector<std::string> names) {
  history_.node_names_ = std::move(names);
}

void HistoryBuilder::set_key_name(Key key, std::string name) { history_.key_names_[key] = std::move(name); }

// Replaces a chunk by one of another size that begins with the first `used` elements.
template <typename T>
void resize_chunk(std::unique_ptr<T[]>& chunk, std::size_t used, std::size_t size) {
  auto larger = std::make_unique<T[]>(size);
  std::move(chunk.get(), chunk.get() + used, larger.get());
  chunk = std::move(larger);
}

// The first chunk grows, so that a small history is small; later ones have their full size at once.
void HistoryBuilder::make_room_for_row() {
  const std::size_t used = history_.count_ % History::kChunk;
  if (history_.count_ == 0 || (used == 0 && history_.rows_.size() * History::kChunk == history_.count_)) {
    row_chunk_size_ = history_.rows_.empty() ? kFirstChunk : History::kChunk;
    history_.rows_.push_back(std::make_unique<History::Row[]>(row_chunk_size_));
    history_.row_capacity_ += row_chunk_size_;
  } else if (used == row_chunk_size_) {
    row_chunk_size_ *= 4;
    history_.row_capacity_ += row_chunk_size_ - used;
    resize_chunk(history_.rows_.back(), used, row_chunk_size_);
  }
}

void HistoryBuilder::make_room_for_mops(std::size_t wanted) {
  if (mops_in_chunk_ + wanted <= mop_chunk_size_) return;
  if (history_.mops_.size() == 1 && mop_chunk_size_ < History::kChunk &&
      mops_in_chunk_ + wanted <= History::kChunk) {
    std::size_t size = mop_chunk_size_;
    // A first request of odd length makes sizes that are no power of two: offsets have 16 bits, so none may
    // pass kChunk.
    while (size < mops_in_chunk_ + wanted) size = std::min(size * 4, History::kChunk);
    resize_chunk(history_.mops_.back(), mops_in_chunk_, size);
    history_.mop_count_ += size - mop_chunk_size_;
    mop_chunk_size_ = size;
    return;
  }
  mop_chunk_size_ = std::max(history_.mops_.empty() ? kFirstChunk : History::kChunk, wanted);
  history_.mops_.push_back(std::make_unique<Mop[]>(mop_chunk_size_));
  history_.mop_count_ += mop_chunk_size_;
  mops_in_chunk_ = 0;
}

OpId HistoryBuilder::add(const Operation& operation) {
  ASSAY_ASSERT((operation.completed == kNever) == (operation.outcome == Outcome::info));
  ASSAY_ASSERT(operation.completed >= operation.invoked);
  ASSAY_ASSERT(history_.count_ < UINT32_MAX);
  const auto id = static_cast<OpId>(history_.count_);
  if (id > 0) ASSAY_ASSERT(operation.invoked >= history_.row(id - 1).invoked);
  make_room_for_row();
  ++history_.count_;

  History::Row& row = history_.rows_[id / History::kChunk][id % History::kChunk];
  row.due = operation.due;
  row.invoked = operation.invoked;
  row.completed = operation.completed;
  row.process = operation.process;
  row.node = operation.node;
  row.outcome = operation.outcome;
  row.error = intern_error(operation.error);
  row.mop_count = static_cast<std::uint32_t>(operation.mops.size());
  const std::size_t wanted = operation.mops.size();
  if (wanted > 0) {
    make_room_for_mops(wanted);
    row.mop_chunk = static_cast<std::uint32_t>(history_.mops_.size() - 1);
    row.mop_offset = static_cast<std::uint16_t>(mops_in_chunk_);
    std::copy(operation.mops.begin(), operation.mops.end(), history_.mops_.back().get() + mops_in_chunk_);
    mops_in_chunk_ += wanted;
  }
  return id;
}

void HistoryBuilder::complete(OpId id, Outcome outcome, Nanos completed, std::span<const Mop> mops,
                              std::string_view error) {
  ASSAY_ASSERT(id < history_.count_);
  History::Row& row = history_.rows_[id / History::kChunk][id % History::kChunk];
  ASSAY_ASSERT(row.outcome == Outcome::info);
  ASSAY_ASSERT((completed == kNever) == (outcome == Outcome::info));
  ASSAY_ASSERT(completed >= row.invoked);
  row.outcome = outcome;
  row.completed = completed;
  row.error = intern_error(error);
  if (!mops.empty()) {
    ASSAY_ASSERT(mops.size() == row.mop_count);
    std::copy(mops.begin(), mops.end(), history_.mops_[row.mop_chunk].get() + row.mop_offset);
  }
}

void HistoryBuilder::add_fault(FaultEvent event) { history_.fault_events_.push_back(std::move(event)); }

History HistoryBuilder::build() {
  History built = std::move(history_);
  history_ = History();
  error_ids_.clear();
  row_chunk_size_ = 0;
  mops_in_chunk_ = 0;
  mop_chunk_size_ = 0;
  return built;
}

std::uint16_t HistoryBuilder::intern_error(std::string_view error) {
  if (error.empty()) return 0;
  const auto found = error_ids_.find(error);
  if (found != error_ids_.end()) return found->second;
  // Distinct messages are bounded: a database that invents a new text for every failure shares the last slot.
  if (history_.errors_.size() >= UINT16_MAX - 1) {
    history_.errors_.back() = "(further distinct errors are not kept apart)";
    return UINT16_MAX - 1;
  }
  history_.errors_.emplace_back(error);
  const auto number = static_cast<std::uint16_t>(history_.errors_.size());
  error_ids_.emplace(std::string(error), number);
  return number;
}

}  // namespace assay
