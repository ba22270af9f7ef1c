#include "base/trace.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

constexpr const char* kSound = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(Trace, AHeaderIsReadAndHandedOnWithAPartOfOurOwn) {
  const auto trace = parse_traceparent(kSound);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->traceparent(), kSound);
  const TraceContext ours = child_of(*trace);
  EXPECT_EQ(ours.trace_id, trace->trace_id);
  EXPECT_NE(ours.parent_id, trace->parent_id);
  EXPECT_TRUE(parse_traceparent(ours.traceparent()));
  EXPECT_TRUE(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")) << "a later version";
}

TEST(Trace, WhatIsNoHeaderIsAsIfItHadNotCome) {
  for (const char* text : {"", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                           "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\n", "00 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(parse_traceparent(text)) << text;
  }
}

TEST(Trace, ScopesNest) {
  const std::optional<TraceContext> outer = parse_traceparent(kSound), none;
  EXPECT_EQ(current_trace(), nullptr);
  {
    const TraceScope one(outer);
    EXPECT_EQ(current_trace()->trace_id, outer->trace_id);
    {
      const TraceScope two(none);
      EXPECT_EQ(current_trace(), nullptr);
    }
    EXPECT_EQ(current_trace()->trace_id, outer->trace_id);
  }
  EXPECT_EQ(current_trace(), nullptr);
}

}  // namespace
}  // namespace nozama
