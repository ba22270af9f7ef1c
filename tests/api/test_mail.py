"""Addresses are confirmed and passwords reset by mail: a real mail server, started here."""
import email
import email.policy
import json
import re
import socket
import unittest

import accounts
import service
from accounts import PASSWORD, Browser
from aiosmtpd.controller import Controller

SITE = "https://shop.example"


class Inbox:
    def __init__(self):
        self.mails, self.refuse = [], 0

    async def handle_DATA(self, _server, _session, envelope):
        if self.refuse > 0:
            self.refuse -= 1
            return "451 try again later"
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"

    def to(self, address):
        return [mail for recipients, mail in self.mails if recipients == [address]]


class Mail(accounts.Shop):
    @classmethod
    def setUpClass(cls):
        cls.inbox = Inbox()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Controller(cls.inbox, hostname="127.0.0.1", port=port)
        server.start()
        cls.addClassCleanup(server.stop)
        cls.flags = ("--smtp-url", f"smtp://127.0.0.1:{port}", "--mail-from", "Nozama <shop@mail.example>", "--public-url", SITE)
        super().setUpClass()

    def token(self, address, page, count=1):
        self.assertTrue(service.wait_until(lambda: len(self.inbox.to(address)) >= count), f"no mail to {address}: {self.service.log()}")
        mail = self.inbox.to(address)[count - 1]
        self.assertEqual(mail["From"], "Nozama <shop@mail.example>")
        return re.search(re.escape(f"{SITE}/account/{page}#") + r"(nzl_\w+)", mail.get_content()).group(1)

    # features: I5
    def test_an_address_is_confirmed_before_the_account_opens(self):
        ana = Browser(self.service)
        answer = ana.sign_up("ana@mail.example")
        self.assertEqual((answer.status, answer.json["account"], answer.json["mail"]), (202, None, True))
        token = self.token("ana@mail.example", "verify")
        self.refused(ana.sign_in("ana@mail.example", "not the password"), 401, "wrong_password")
        self.refused(ana.ask("POST", "/api/v1/email-verification", {"token": "nzl_wrong"}), 400, "bad_link")
        self.assertEqual(ana.ask("POST", "/api/v1/email-verification", {"token": token}).status, 204)
        self.assertEqual(ana.sign_in("ana@mail.example").json["account"]["verified"], True)
        self.refused(ana.ask("POST", "/api/v1/email-verification", {"token": token}), 400, "bad_link")
        # Who signs up again is told nothing; the owner is.
        self.assertEqual(Browser(self.service).sign_up("ana@mail.example").status, 202)
        self.assertTrue(service.wait_until(lambda: len(self.inbox.to("ana@mail.example")) == 2))
        self.assertIn("already", self.inbox.to("ana@mail.example")[1]["Subject"])

    # features: F4
    def test_mails_are_in_the_language_of_who_asked(self):
        subjects = {"de-AT,de;q=0.9": "Bestätigen Sie", "fr": "Confirmez", "es-MX": "Confirme su", "ja": "ご確認", "en-GB": "Confirm your", "tlh": "Confirm your"}
        for number, (language, subject) in enumerate(subjects.items()):
            address = f"lang-{number}@mail.example"
            asker = Browser(self.service, **{"Accept-Language": language})
            asker.sign_up(address)
            token = self.token(address, "verify")
            self.assertIn(subject, self.inbox.to(address)[0]["Subject"])
            self.assertEqual(asker.ask("POST", "/api/v1/email-verification", {"token": token}).status, 204)
            asker.ask("POST", "/api/v1/password-reset", {"email": address})
            self.token(address, "reset", 2)
            asker.sign_up(address)
            self.assertTrue(service.wait_until(lambda address=address: len(self.inbox.to(address)) == 3))
            self.assertIn(f"{SITE}/account/reset", self.inbox.to(address)[2].get_content())

    def test_a_right_password_of_an_unconfirmed_address_brings_another_link(self):
        ben = Browser(self.service)
        ben.sign_up("ben@mail.example")
        first = self.token("ben@mail.example", "verify")
        self.refused(ben.sign_in("ben@mail.example"), 403, "email_unverified")
        second = self.token("ben@mail.example", "verify", 2)
        self.refused(ben.ask("POST", "/api/v1/email-verification", {"token": first}), 400, "bad_link")
        self.assertEqual(ben.ask("POST", "/api/v1/email-verification", {"token": second}).status, 204)

    def test_a_forgotten_password_is_replaced(self):
        carl, elsewhere = Browser(self.service), Browser(self.service)
        carl.sign_up("carl@mail.example")
        carl.ask("POST", "/api/v1/email-verification", {"token": self.token("carl@mail.example", "verify")})
        elsewhere.sign_in("carl@mail.example")
        self.assertEqual(carl.ask("POST", "/api/v1/password-reset", {"email": "carl@mail.example"}).status, 202)
        token = self.token("carl@mail.example", "reset", 2)
        self.refused(carl.ask("POST", "/api/v1/password-reset/confirm", {"token": token, "password": "short"}), 400, "bad_password")
        answer = carl.ask("POST", "/api/v1/password-reset/confirm", {"token": token, "password": PASSWORD * 2})
        self.assertEqual((answer.status, answer.json["account"]["email"]), (200, "carl@mail.example"))
        self.assertIsNone(elsewhere.ask("GET", "/api/v1/session").json["account"])
        self.refused(carl.ask("POST", "/api/v1/password-reset/confirm", {"token": token, "password": PASSWORD}), 400, "bad_link")
        self.assertEqual(elsewhere.sign_in("carl@mail.example", PASSWORD * 2).status, 200)

    def test_no_answer_tells_whether_an_address_has_an_account(self):
        admin = self.admin("known@mail.example")
        self.assertEqual(admin.ask("GET", "/api/v1/session").json["role"], "admin")
        stranger = Browser(self.service)
        for target, extra in (("/api/v1/password-reset", {}), ("/api/v1/accounts", {"password": PASSWORD})):
            known, unknown = (stranger.ask("POST", target, {"email": address, **extra}) for address in ("known@mail.example", "unknown@mail.example"))
            self.assertEqual((known.status, known.body), (unknown.status, unknown.body), target)
            self.assertEqual(sorted(known.headers), sorted(unknown.headers))
        self.token("unknown@mail.example", "verify")
        self.assertEqual([mail["Subject"] for mail in self.inbox.to("unknown@mail.example")], ["Confirm your e-mail address"])

    def test_a_mail_server_that_stumbles_is_asked_again(self):
        self.inbox.refuse = 1
        Browser(self.service).sign_up("dora@mail.example")
        self.token("dora@mail.example", "verify")
        self.assertIn("mail_delayed", self.service.log())
        self.assertNotIn("dora@mail.example", self.service.log())

    # features: F1
    def test_an_order_is_confirmed_once_without_words_of_the_shopper(self):
        listed = self.service.get("/api/v1/products", limit=100).json["products"]
        product, other = [one for one in listed if one["price"] and one["in_stock"] and one["currency"] == listed[0]["currency"]][:2]
        contact = {"name": "BUY PILLS http://spam.example", "email": "eva@mail.example", "street": "Ring 1", "postal_code": "1010", "city": "Wien", "country": "AT"}
        order = {"currency": product["currency"], "lang": "en", "lines": [{"product_id": product["id"], "quantity": 1, "price": product["price"]}], "contact": contact, "note": "BUY PILLS"}
        headers = {"Content-Type": "application/json", "Idempotency-Key": "mail-" + "k" * 20}
        answers = [self.service.ask("POST", "/api/v1/orders", json.dumps(order), headers) for _ in range(2)]
        self.assertEqual([answer.status for answer in answers], [201, 200], answers[0].body)
        self.assertTrue(service.wait_until(lambda: self.inbox.to("eva@mail.example")), self.service.log())
        mail = self.inbox.to("eva@mail.example")[0]
        made = answers[0].json
        self.assertIn(f"{SITE}/order/{made['id']}#{made['token']}", mail.get_content())
        self.assertIn(f"1 × {product['title']}", mail.get_content())
        self.assertNotIn("PILLS", mail.get_content() + mail["Subject"])
        Browser(self.service).sign_up("later@mail.example")
        self.token("later@mail.example", "verify")
        self.assertEqual(len(self.inbox.to("eva@mail.example")), 1)
        german = order | {"lang": "de", "lines": [{"product_id": other["id"], "quantity": 1, "price": other["price"]}], "contact": contact | {"email": "uwe@mail.example"}}
        answer = self.service.ask("POST", "/api/v1/orders", json.dumps(german), headers | {"Idempotency-Key": "mail-" + "d" * 20})
        self.assertEqual(answer.status, 201, answer.body)
        self.assertTrue(service.wait_until(lambda: self.inbox.to("uwe@mail.example")), self.service.log())
        self.assertIn("Ihre Bestellung", self.inbox.to("uwe@mail.example")[0]["Subject"])
        self.assertIn("Summe: ", self.inbox.to("uwe@mail.example")[0].get_content())

    def test_addresses_are_not_flooded_with_mail(self):
        for _ in range(6):
            self.assertEqual(Browser(self.service).ask("POST", "/api/v1/password-reset", {"email": "known2@mail.example"}).status, 202)
        self.assertEqual(Browser(self.service).sign_up("known2@mail.example").status, 429)


class WithoutMail(unittest.TestCase):
    def test_a_shop_that_sends_no_mail_says_so(self):
        answer = Browser(service.shared()).ask("POST", "/api/v1/password-reset", {"email": "ana@mail.example"})
        self.assertEqual((answer.status, answer.json["code"]), (409, "mail_off"))


if __name__ == "__main__":
    unittest.main()
