// Certificates as files: one JSON object, so that a proof can be kept beside its history and confirmed by whoever doubts
// it (`assay verify`).
//
//   {"schema_version":1,"claim":"linearizable","options":{"initial":"0"},
//    "history":{"operations":4,"digest":"00ff..."},"objects":[{"key":7,"order":[0,2,1,3]}]}
//
// Thread safety: plain functions. Errors of reading: InputError, one sentence that names the file. Complexity: linear.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/checker.h"

namespace assay::formats {

// A certificate and the history that it is about.
struct CertificateFile {
  Certificate certificate;
  std::uint64_t operations = 0;
  std::uint64_t digest = 0;
};

std::string certificate_json(const Certificate& certificate, const History& history);

// `name` stands for the file in messages.
CertificateFile parse_certificate(std::string_view text, const std::string& name);
CertificateFile read_certificate(const std::string& path);

}  // namespace assay::formats
