// Turns what a search found (the visible effects) into an order of operations, by walking the time line once
// more: reads go in as soon as the register has their value, writes that nobody saw just before the next
// visible plain write, or where the register has their value anyway.
//
// Thread safety: pure function. Complexity: operations times operations in flight.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/linearizability/jit_search.h"
#include "checkers/linearizability/register_object.h"
#include "checkers/linearizability/sweep.h"

namespace assay::checkers {

// Indexes of operations. Stops before the event at position `end`, with the effects that belong there; kNone:
// walks to the end.
std::vector<std::uint32_t> order_from_effects(const RegisterObject& object, const Sweep& sweep,
                                              const std::vector<Effect>& effects, std::uint32_t end);

}  // namespace assay::checkers
