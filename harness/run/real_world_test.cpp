#include "harness/run/real_world.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

// What one answer makes room for is sent before the next answer is looked at: a server that was idle meanwhile would be the price.
TEST(RealWorld, OneEventIsHandledBetweenTwoLooksOfTheLoop) {
  RealWorld world;
  int ran = 0;
  for (int i = 0; i < 3; ++i) world.post([&] { ++ran; });
  for (int seen = 1; seen <= 3; ++seen) {
    world.wait(world.now() + 10 * kSecond);
    EXPECT_EQ(ran, seen);
  }
}

TEST(RealWorld, ALoopThatIsLateHandlesAllThatIsReady) {
  RealWorld world;
  int ran = 0;
  for (int i = 0; i < 3; ++i) world.post([&] { ++ran; });
  world.wait(world.now() - 1);
  EXPECT_EQ(ran, 3);
}

}  // namespace
}  // namespace assay
