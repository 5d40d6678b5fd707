// What each answer of a node proves about a request. The table behind the client's outcomes; with what the
// client core concludes from silence:
//
//   trouble                                       write                               read only
//   ok                                            ok                                  ok
//   failed, wrong_type                            fail: applied, without effect       fail
//   not_leader, overloaded, replica_behind,       that attempt had no effect: retry   retry
//   unavailable
//   unsure                                        that attempt may have: retry        retry
//   too_stale                                     info                                fail
//   bad_request                                   fail, info when another attempt     fail
//                                                 may have been accepted
//   connection never opened                       nothing arrived: retry              retry
//   connection lost, no answer, garbage           that attempt may have: retry        retry
//   out of time, every attempt proved refused     fail                                fail
//   out of time otherwise                         info                                fail
//
// A read has no effect, so a read without an answer is fail: nothing happened. Retries keep the request's number,
// so that a request accepted twice is applied once.
#pragma once

#include <cstdint>
#include <string>

#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb {

enum class Meaning : std::uint8_t {
  done,                 // the request happened
  done_without_effect,  // the request was decided, and did nothing
  attempt_refused,      // this attempt did not and will not happen
  attempt_accepted,     // this attempt may happen
  unknown,              // it will never be known
  hopeless,             // this attempt did not happen, and no other would
};

Meaning meaning_of(wire::Status status);

// Why a completion is not ok, for the history.
std::string trouble_text(wire::Status status);

}  // namespace assay::refdb
