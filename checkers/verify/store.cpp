#include "checkers/verify/store.h"

namespace assay::checkers {

std::unique_ptr<Replay> make_store(const Value& initial, const History& history) {
  return std::make_unique<Store>(initial, history);
}

}  // namespace assay::checkers
