// Dotted version vectors for the versions of one key at a server (Almeida, Baquero, Gonçalves, Preguiça, Fonte,
// "Scalable and accurate causality tracking for eventually consistent stores", DAIS 2014). Actors are servers, not
// clients, so a vector has an entry per replica however many clients write; the dot of each version keeps two
// writes through one server apart that a plain server vector would take for one after the other.
//
// Thread safety: none. Complexity: linear in versions; a version stays until a write that has read it arrives, so
// clients that write without reading make siblings.
#pragma once

#include <map>
#include <utility>

#include "targets/refdb/clocks/version_vector.h"

namespace assay::refdb::clocks {

template <typename T>
class DottedVersions {
 public:
  DottedVersions() = default;
  // Requires: the context covers every version.
  DottedVersions(VersionVector context, std::map<Dot, T> versions)
      : versions_(std::move(versions)), context_(std::move(context)) {}

  // A client that has read `context` (what context() gave it; empty: it has read nothing) writes through `server`.
  // Returns the name of the new version.
  Dot write(ActorId server, const VersionVector& context, T value) {
    std::erase_if(versions_, [&](const auto& version) { return context.covers(version.first); });
    context_.merge(context);
    const Dot dot = context_.increment(server);
    versions_.emplace(dot, std::move(value));
    return dot;
  }

  // What another server has. A version that one side lacks and knows of was overwritten there.
  void merge(const DottedVersions& other) {
    std::erase_if(versions_, [&](const auto& version) {
      return !other.versions_.contains(version.first) && other.context_.covers(version.first);
    });
    for (const auto& [dot, value] : other.versions_) {
      if (!context_.covers(dot)) versions_.emplace(dot, value);
    }
    context_.merge(other.context_);
  }

  // All other versions count as overwritten from now on.
  void keep_only(const Dot& dot) {
    std::erase_if(versions_, [&](const auto& version) { return version.first != dot; });
  }

  // What a client that reads now has read.
  const VersionVector& context() const { return context_; }
  // More than one: siblings.
  const std::map<Dot, T>& versions() const { return versions_; }

  friend bool operator==(const DottedVersions&, const DottedVersions&) = default;

 private:
  std::map<Dot, T> versions_;
  VersionVector context_;
};

}  // namespace assay::refdb::clocks
