// A model of objects, with its types hidden: what it knows, how it is searched, and the shortcuts it has.
//
// Thread safety: const members may be called from several threads at once. Errors: none.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/contradiction.h"
#include "checkers/linearizability/object_verdict.h"
#include "checkers/linearizability/state_space.h"
#include "harness/core/checker.h"

namespace assay::checkers {

// A part of an object that operations write and see: an element of a queue, a value of a key. Leaving out
// everything that wrote or saw one part never makes a valid history invalid (see model_witness.h).
struct Part {
  Key key = 0;
  Value value;
  bool written = false;
  bool replaces = false;   // written over whatever the key held: a write, a compare-and-set
  bool whole_key = false;  // names the key itself: what it holds cannot be taken apart
};

// Whether an operation can be left out together with the parts that it names.
enum class Separable : std::uint8_t {
  yes,
  no,         // it depends on everything
  spoils_all  // and because of it no other operation on the object can be left out, but those that only read
};

class ObjectModel {
 public:
  virtual ~ObjectModel() = default;

  virtual std::string_view name() const = 0;
  // Empty, or what the model does not know about an operation that did not fail, e.g. "is a cas".
  virtual std::string objection(const Operation& op) const = 0;
  // Whether each key (or the keys that one operation ties together) is an object of its own.
  virtual bool by_key() const = 0;
  // Whether the operation leaves every state as it is.
  virtual bool reads_only(const Operation& op) const = 0;
  // Whether a read sees what the last write of its key left, where there are only reads, writes and
  // compare-and-sets.
  virtual bool is_register() const { return false; }
  // Whether an operation may be several reads, writes, compare-and-sets, appends and adds, of which some can be left out
  // of a witness (step_witness.h).
  virtual bool has_steps() const { return false; }
  // Appends the parts that an operation writes and sees.
  virtual Separable parts(const Operation&, std::vector<Part>&) const { return Separable::no; }
  // Takes out operations of unknown outcome that cannot matter.
  virtual void drop_useless(const History&, std::vector<OpId>&) const {}

  // `real_time`: operations that follow each other in time do so in the order wanted, so the model may look
  // ahead by their times. Requires: the limits outlive the space.
  virtual std::unique_ptr<StateSpace> space(const History& history, std::span<const OpId> ids, bool real_time,
                                            Limits& limits) const = 0;
  // Decides an object without a search, where that can be done exactly; the verdict is unknown where it
  // cannot.
  virtual ObjectVerdict monitor(const History&, std::span<const OpId>, bool, Limits&) const { return {}; }
  // Two or three operations that contradict each other, where the model can tell without trying.
  // Requires: the verdict is invalid.
  virtual Contradiction contradict(const History&, std::span<const OpId>, const ObjectVerdict&) const {
    return {};
  }
  // The name of what a witness shows, in the literature, and a sentence; both stay as they are if there is no
  // better one.
  virtual void name_violation(const History&, std::span<const OpId>, std::string&, std::string&) const {}
};

}  // namespace assay::checkers
