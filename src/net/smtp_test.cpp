#include "net/smtp.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(Smtp, AMessageHasItsHeadersAndAnyLanguage) {
  const std::string text = message_text({.from = "Shop <shop@mail.example>", .to = "ana@mail.example", .subject = "Grüße", .text = "Schöne Grüße\n"}, 0);
  EXPECT_NE(text.find("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("From: Shop <shop@mail.example>\r\nTo: ana@mail.example\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\nU2Now7ZuZSBHcsO8w59lCg==\r\n")) << text;
}

TEST(Smtp, LongSubjectsAreFoldedBetweenLetters) {
  std::string subject;
  for (int i = 0; i < 60; ++i) subject += "ü";
  const std::string text = message_text({.from = "a@b.example", .to = "c@d.example", .subject = subject, .text = std::string(1000, 'x')}, 0);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find("\r\n", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - begin, 78U);
    begin = end + 2;
  }
}

TEST(Smtp, AHeaderCannotBeSmuggledIn) {
  for (const MailMessage& message : {MailMessage{"a@b.example", "c@d.example\r\nBcc: e@f.example", "s", "t"},
                                     MailMessage{"a@b.example", "c@d.example", "s\nBcc: x", "t"}, MailMessage{"a@b.example\r\n", "c@d.example", "s", "t"}})
    EXPECT_EQ(send_mail("smtp://127.0.0.1:1", message).error().reason, "bad_mail");
}

TEST(Smtp, AServerThatIsNotThereIsWorthAnotherTry) {
  const Status sent = send_mail("smtp://127.0.0.1:1", {"a@b.example", "c@d.example", "s", "t"});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().reason, "mail_failed");
}

TEST(Smtp, TheAddressOfTheServerIsChecked) {
  EXPECT_TRUE(check_smtp_url("smtps://user:secret@mail.example:465"));
  EXPECT_TRUE(check_smtp_url("smtp://127.0.0.1:25"));
  for (const char* url : {"", "mail.example", "http://mail.example", "smtp://", "smtp://a\r\nb"})
    EXPECT_EQ(check_smtp_url(url).error().reason, "bad_option") << url;
}

}  // namespace
}  // namespace nozama
