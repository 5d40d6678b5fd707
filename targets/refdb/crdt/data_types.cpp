#include "targets/refdb/crdt/data_types.h"

#include "targets/refdb/kv/edits.h"

namespace assay::refdb::crdt {

namespace {

using wire::Status;

// The part of a cell of data types that its readers see. Nodes that create a key at the same time may choose different ones.
enum class Part : std::uint8_t { none, text, list, set, counter, written };

Part part_of(const Cell& cell) {
  if (!cell.text.untouched()) return Part::text;
  if (!cell.appended.empty()) return Part::list;
  if (!cell.elements.untouched()) return Part::set;
  if (!cell.counter.empty()) return Part::counter;
  return cell.written == LwwRegister() ? Part::none : Part::written;
}

Part part_for(const Cell& cell, const Mop& mop) {
  switch (mop.fn) {
    case Fn::append:
      return Part::list;
    case Fn::add:
      return mop.argument.is_integer() && part_of(cell) != Part::set ? Part::counter : Part::set;
    case Fn::remove:
      return Part::set;
    case Fn::insert:
    case Fn::erase:
      return Part::text;
    default:
      return Part::written;
  }
}

Status edit_text(Cell& cell, const Mop& mop, clocks::ActorId actor, Cell& delta) {
  if (mop.fn == Fn::insert) {
    Value keep_alive;
    const auto insertion = insertion_of(mop.argument, cell.text.size(), keep_alive);
    if (!insertion) return Status::wrong_type;
    delta.text.merge(cell.text.insert(actor, insertion->first, insertion->second));
  } else {
    const auto erasure = erasure_of(mop.argument, cell.text.size());
    if (!erasure) return Status::wrong_type;
    delta.text.merge(cell.text.erase(erasure->first, erasure->second));
  }
  return Status::ok;
}

Status edit_set(Cell& cell, const Mop& mop, clocks::ActorId actor, bool remove_wins, Cell& delta) {
  if (mop.fn == Fn::add) {
    delta.elements.merge(cell.elements.add(actor, mop.argument));
  } else if (!cell.elements.contains(mop.argument)) {
    return Status::failed;  // an addition that is on its way here would survive
  } else {
    delta.elements.merge(remove_wins ? cell.elements.remove_unseen(actor, mop.argument)
                                     : cell.elements.remove(mop.argument));
  }
  return Status::ok;
}

}  // namespace

Value data_type_value(const Cell& cell) {
  switch (part_of(cell)) {
    case Part::text:
      return Value::text(cell.text.text());
    case Part::list:
      return Value::list(cell.appended.elements());
    case Part::set:
      return Value::list(cell.elements.elements());
    case Part::counter:
      return Value(cell.counter.value());
    case Part::written:
      return cell.written.value();
    case Part::none:
      break;
  }
  return {};
}

wire::Status change_data_type(Cell& cell, const Mop& mop, const Stamp& stamp, bool remove_wins, Cell& delta) {
  const clocks::ActorId actor = stamp.dot.actor;
  const Part part = part_for(cell, mop), there = part_of(cell);
  if (there != Part::none && there != part) return Status::wrong_type;
  switch (part) {
    case Part::text:
      return edit_text(cell, mop, actor, delta);
    case Part::list:
      delta.appended.merge(cell.appended.append(stamp, mop.argument));
      return Status::ok;
    case Part::set:
      return edit_set(cell, mop, actor, remove_wins, delta);
    case Part::counter:
      delta.counter.merge(cell.counter.add(actor, mop.argument.as_integer()));
      return Status::ok;
    default:
      break;
  }
  const Value value = mop.fn == Fn::cas ? mop.argument.second() : mop.argument;
  const LwwRegister written(value, stamp);
  cell.written.merge(written);
  delta.written.merge(written);
  return Status::ok;
}

}  // namespace assay::refdb::crdt
