// What is uploaded to hosts needs nothing there but the C library.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/program.h"

namespace assay::project {
namespace {

TEST(UploadedPrograms, NeedTheCLibraryOnly) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers bring libraries of their own";
#endif
  const WorkFolder folder;
  const std::filesystem::path programs = std::filesystem::path(ASSAY_PROGRAM).parent_path();
  for (const char* name : {"refdb", "assay-agent"}) {
    const Printed printed = folder.run("readelf -d " + (programs / name).string());
    ASSERT_EQ(printed.exit_code, 0) << printed.error;
    std::istringstream lines(printed.out);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("(NEEDED)") == std::string::npos) continue;
      const bool of_libc = line.find("[libc.so") != std::string::npos ||
                           line.find("[libm.so") != std::string::npos ||
                           line.find("[ld-linux") != std::string::npos;
      EXPECT_TRUE(of_libc) << name << ": " << line;
    }
  }
}

}  // namespace
}  // namespace assay::project
