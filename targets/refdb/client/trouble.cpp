#include "targets/refdb/client/trouble.h"

namespace assay::refdb {

Meaning meaning_of(wire::Status status) {
  switch (status) {
    case wire::Status::ok:
      return Meaning::done;
    case wire::Status::failed:
    case wire::Status::wrong_type:
      return Meaning::done_without_effect;
    case wire::Status::not_leader:
    case wire::Status::overloaded:
    case wire::Status::replica_behind:
    case wire::Status::unavailable:
      return Meaning::attempt_refused;
    case wire::Status::unsure:
      return Meaning::attempt_accepted;
    case wire::Status::too_stale:
      return Meaning::unknown;
    case wire::Status::bad_request:
      break;
  }
  return Meaning::hopeless;
}

std::string trouble_text(wire::Status status) {
  switch (status) {
    case wire::Status::ok:
      return "";
    case wire::Status::failed:
      return "compare-and-set not met";
    case wire::Status::wrong_type:
      return "operation does not fit the value";
    case wire::Status::not_leader:
      return "not the leader";
    case wire::Status::overloaded:
      return "overloaded";
    case wire::Status::unsure:
      return "leadership lost";
    case wire::Status::too_stale:
      return "answer no longer known";
    case wire::Status::unavailable:
      return "too few replicas";
    case wire::Status::replica_behind:
      return "replica has not reached the position asked for";
    case wire::Status::bad_request:
      break;
  }
  return "request not understood";
}

}  // namespace assay::refdb
