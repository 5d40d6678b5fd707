#include "harness/run/raised_priority.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace assay {

namespace {
// On Linux the priority is the thread's, whatever POSIX says of processes (setpriority(2), "C library/kernel differences").
id_t this_thread() { return static_cast<id_t>(::gettid()); }
}  // namespace

RaisedPriority::RaisedPriority() : before_(::getpriority(PRIO_PROCESS, this_thread())) {
  const int wanted = std::min(before_, kMeasuringNice);
  now_ = ::setpriority(PRIO_PROCESS, this_thread(), wanted) == 0 ? wanted : before_;
}

RaisedPriority::~RaisedPriority() { ::setpriority(PRIO_PROCESS, this_thread(), before_); }

}  // namespace assay
