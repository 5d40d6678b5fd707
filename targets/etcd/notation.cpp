#include "targets/etcd/notation.h"

namespace assay::etcd {

std::string key_text(Key key) { return "k" + std::to_string(key) + "."; }
std::string element_text(Key key, const Value& element) { return key_text(key) + stored(element); }
std::string range_end(Key key) { return "k" + std::to_string(key) + "/"; }

}  // namespace assay::etcd
