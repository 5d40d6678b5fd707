#include "targets/refdb/crdt/dot_context.h"

namespace assay::refdb::crdt {

void DotContext::insert(const Dot& dot) {
  if (seen_.covers(dot)) return;
  cloud_.insert(dot);
  melt();
}

void DotContext::merge(const DotContext& other) {
  seen_.merge(other.seen_);
  cloud_.insert(other.cloud_.begin(), other.cloud_.end());
  melt();
}

// One pass suffices: dots are ordered by actor, then by counter.
void DotContext::melt() {
  for (auto dot = cloud_.begin(); dot != cloud_.end();) {
    const std::uint64_t known = seen_.at(dot->actor);
    if (dot->counter > known + 1) {
      ++dot;
      continue;
    }
    seen_.raise(dot->actor, dot->counter);
    dot = cloud_.erase(dot);
  }
}

void DotContext::write(wire::Writer& writer) const {
  seen_.write(writer);
  writer.number(cloud_.size());
  for (const Dot& dot : cloud_) clocks::write_dot(writer, dot);
}

DotContext DotContext::read(wire::Reader& reader) {
  DotContext result;
  result.seen_ = clocks::VersionVector::read(reader);
  const std::uint64_t count = reader.number();
  if (count > reader.left()) reader.fail();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const Dot dot = clocks::read_dot(reader);
    const bool in_order = result.cloud_.empty() || *result.cloud_.rbegin() < dot;
    // Another form than ours of the same context.
    if (!in_order || dot.counter == 0 || dot.counter - 1 <= result.seen_.at(dot.actor)) reader.fail();
    if (reader.ok()) result.cloud_.insert(result.cloud_.end(), dot);
  }
  return reader.ok() ? result : DotContext();
}

}  // namespace assay::refdb::crdt
