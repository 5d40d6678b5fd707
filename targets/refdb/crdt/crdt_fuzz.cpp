// Feeds arbitrary bytes to the decoder of each replicated data type. What decodes must survive updates and merges
// and come out of its own bytes unchanged.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "targets/refdb/crdt/cell.h"
#include "targets/refdb/crdt/counters.h"
#include "targets/refdb/crdt/or_map.h"
#include "targets/refdb/crdt/registers.h"
#include "targets/refdb/crdt/sets.h"

namespace {

using namespace assay::refdb;

template <typename T>
void try_type(std::string_view bytes) {
  wire::Reader reader(bytes);
  T state = T::read(reader);
  if (!reader.ok()) return;
  std::string again;
  wire::Writer writer(again);
  state.write(writer);
  wire::Reader second(again);
  if (!(T::read(second) == state)) __builtin_trap();
  T twice = state;
  twice.merge(state);
  if (!(twice == state)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_type<crdt::GCounter>(bytes);
  try_type<crdt::PnCounter>(bytes);
  try_type<crdt::GSet>(bytes);
  try_type<crdt::OrSet>(bytes);
  try_type<crdt::LwwRegister>(bytes);
  try_type<crdt::MvRegister>(bytes);
  try_type<crdt::OrMap>(bytes);
  try_type<crdt::Cell>(bytes);
  return 0;
}
