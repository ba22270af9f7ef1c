#include "net/address_guard.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(IpAddress, TextAfterAZeroByteIsNotOverlooked) {
  EXPECT_FALSE(parse_ip_address(std::string_view("10.1.0.0\0x", 10)));
  EXPECT_FALSE(parse_ip_network(std::string_view("10.1.0.0\0x/16", 13)));
}

TEST(AddressGuard, AddressesThatAreNotOfTheWholeInternetAreRefused) {
  for (const char* text : {"0.0.0.0",      "10.0.0.1",         "100.64.0.1",     "100.127.255.255", "127.0.0.1",      "127.255.255.255", "169.254.169.254",
                           "172.16.0.1",   "172.31.255.255",   "192.0.0.1",      "192.0.2.1",       "192.88.99.1",    "192.168.1.1",     "198.18.0.1",
                           "198.51.100.7", "203.0.113.9",      "224.0.0.1",      "239.1.1.1",       "240.0.0.1",      "255.255.255.255", "::",
                           "::1",          "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1",     "64:ff9b::a00:1", "64:ff9b:1::1",    "100::1",
                           "2001::1",      "2001:db8::1",      "2002:7f00:1::",  "3fff::1",         "fc00::1",        "fd00:ec2::254",   "fe80::1",
                           "fec0::1",      "ff02::1",          "5f00::1",        "4000::1"}) {
    ASSERT_TRUE(parse_ip_address(text)) << text;
    EXPECT_FALSE(is_public_address(*parse_ip_address(text))) << text;
  }
}

TEST(AddressGuard, AddressesOfTheWholeInternetArePermitted) {
  for (const char* text : {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "169.253.0.1", "223.255.255.255", "192.0.1.1",
                           "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2003::1"}) {
    EXPECT_TRUE(is_public_address(*parse_ip_address(text))) << text;
  }
}

TEST(AddressGuard, OwnNetworksArePermittedAtAnyPortAndTheOthersAtTwo) {
  const auto guard = AddressGuard::make({"10.1.0.0/16", "fd12::/32", "192.168.7.9"});
  ASSERT_TRUE(guard);
  EXPECT_TRUE(guard->permits(*parse_ip_address("10.1.255.1"), 9000));
  EXPECT_FALSE(guard->permits(*parse_ip_address("10.2.0.1"), 80));
  EXPECT_TRUE(guard->permits(*parse_ip_address("fd12::7"), 1));
  EXPECT_TRUE(guard->permits(*parse_ip_address("192.168.7.9"), 80));
  EXPECT_FALSE(guard->permits(*parse_ip_address("192.168.7.8"), 80));
  EXPECT_TRUE(guard->permits(*parse_ip_address("8.8.8.8"), 443));
  EXPECT_FALSE(guard->permits(*parse_ip_address("8.8.8.8"), 22));
  EXPECT_FALSE(guard->permits(*parse_ip_address("::ffff:10.1.0.1"), 80)) << "not under another name";
}

TEST(AddressGuard, ANameIsJudgedByWhereItLeads) {
  const auto guard = AddressGuard::make({});
  EXPECT_EQ(guard->permitted_addresses(*parse_web_url("http://localhost/")).error().reason, "address_refused");
  EXPECT_EQ(guard->permitted_addresses(*parse_web_url("http://2130706433/")).error().reason, "address_refused");
  EXPECT_EQ(guard->permitted_addresses(*parse_web_url("http://[::1]/")).error().reason, "address_refused");
  EXPECT_EQ(guard->permitted_addresses(*parse_web_url("http://shop.invalid/")).error().reason, "host_unknown");
  EXPECT_EQ(guard->permitted_addresses(*parse_web_url("http://8.8.8.8/")), std::vector<std::string>{"8.8.8.8"});
}

TEST(AddressGuard, ANetworkThatIsNoneIsNamed) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0", "fd00::/129", "example.com", "10.0.0.0/-1", "10.0.0.0/"}) {
    EXPECT_EQ(AddressGuard::make({text}).error().reason, "bad_network") << text;
  }
}

}  // namespace
}  // namespace nozama
