"""Accounts, sessions, roles, publishable keys, limits and the audit log, over HTTP."""
import json
import pathlib
import re
import shutil
import unittest

import accounts
import contract
import service
import shop
from accounts import PASSWORD, Browser

class Sessions(accounts.Shop):
    # features: I5
    def test_a_shopper_signs_up_out_and_in_again(self):
        ana = self.browser()
        nobody = ana.ask("GET", "/api/v1/session").json
        self.assertEqual((nobody["account"], nobody["role"], nobody["csrf_token"]), (None, None, None))
        self.assertEqual(ana.sign_up(" Ana@Mail.Example ").json["account"]["email"], "ana@mail.example")
        self.assertEqual(ana.ask("GET", "/api/v1/session").json["role"], "shopper")
        self.assertEqual(ana.ask("DELETE", "/api/v1/session").status, 204)
        self.assertIsNone(ana.ask("GET", "/api/v1/session").json["account"])
        self.refused(ana.sign_in("ana@mail.example", "a wrong password"), 401, "wrong_password")
        self.refused(ana.sign_in("nobody@mail.example"), 401, "wrong_password")
        self.assertEqual(ana.sign_in("ana@mail.example").status, 200)
        self.refused(self.browser().sign_up("ana@mail.example"), 409, "account_exists")

    def test_the_cookie_is_for_the_shops_own_pages_only(self):
        cookie = self.browser().sign_up("cookie@mail.example").headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Lax", "Path=/"):
            self.assertIn(part, cookie)
        self.assertNotIn("Secure", cookie)

    def test_a_change_needs_the_sessions_token(self):
        ben = self.browser("ben@mail.example")
        for token in ("", "wrong", "a" * 64, self.browser("other@mail.example").token):
            self.refused(ben.ask("DELETE", "/api/v1/session", **{"X-CSRF-Token": token}), 403, "csrf")
        self.refused(self.service.ask("DELETE", "/api/v1/session"), 401, "sign_in_required")
        self.assertEqual(ben.ask("GET", "/api/v1/session").json["role"], "shopper")

    def test_strange_cookies_are_nobodys(self):
        for cookie in ("nozama_session=", "nozama_session=nzs_", "nozama_session=nzs_x; nozama_session=y", "nozama_session=" + "a" * 4000, "a; ;;=; nozama_session=nzs_%00"):
            answer = self.service.ask("GET", "/api/v1/session", headers={"Cookie": cookie})
            self.assertEqual((answer.status, answer.json["account"]), (200, None))
            self.assertEqual(self.service.ask("GET", "/api/v1/products", headers={"Cookie": cookie}).status, 200)

    def test_bad_sign_ups_are_told_why(self):
        new = self.browser()
        for body, code in (({"email": "x", "password": PASSWORD}, "bad_email"), ({"email": "x@y.example", "password": "short"}, "bad_password"),
                           ({"email": "x@y.example"}, "bad_parameter"), ({"email": "x@y.example", "password": PASSWORD, "role": "admin"}, "unknown_parameter"),
                           ({"email": ["x@y.example"], "password": PASSWORD}, "bad_parameter")):
            self.refused(new.ask("POST", "/api/v1/accounts", body), 400, code)
        answer = self.service.ask("POST", "/api/v1/session", "email=x@y.example&password=x", {"Content-Type": "application/x-www-form-urlencoded"})
        self.refused(answer, 415, "unsupported_media_type")

    def test_a_new_password_ends_the_other_sessions(self):
        here, elsewhere = self.browser("carl@mail.example"), self.browser()
        elsewhere.sign_in("carl@mail.example")
        self.refused(here.ask("POST", "/api/v1/account/password", {"current": "wrong", "new": PASSWORD * 2}), 401, "wrong_password")
        self.assertEqual(here.ask("POST", "/api/v1/account/password", {"current": PASSWORD, "new": PASSWORD * 2}).status, 204)
        self.assertEqual(here.ask("GET", "/api/v1/session").json["role"], "shopper")
        self.assertIsNone(elsewhere.ask("GET", "/api/v1/session").json["account"])
        self.refused(elsewhere.sign_in("carl@mail.example"), 401, "wrong_password")
        self.assertEqual(elsewhere.sign_in("carl@mail.example", PASSWORD * 2).status, 200)

    def test_passwords_cannot_be_tried_for_long(self):
        self.browser("dora@mail.example")
        answers = [self.browser().sign_in("dora@mail.example", f"guess number {n}") for n in range(7)]
        self.assertEqual(answers[0].status, 401)
        self.refused(answers[-1], 429, "too_many_attempts")
        self.assertGreater(int(answers[-1].headers["Retry-After"]), 0)
        self.assertNotIn("guess number", self.service.log())

    def test_passwords_and_tokens_are_not_in_the_database(self):
        eve = self.browser("eve@mail.example")
        stored = b"".join(pathlib.Path(self.data, name).read_bytes() for name in ("catalogue.db", "catalogue.db-wal"))
        self.assertIn(b"eve@mail.example", stored)
        for secret in (PASSWORD, eve.cookie.split("=")[1], eve.token):
            self.assertNotIn(secret.encode(), stored)


class Roles(accounts.Shop):
    # features: I5
    def test_a_role_opens_what_it_says(self):
        admin, fay = self.admin("admin@mail.example"), self.browser("fay@mail.example")
        self.refused(fay.ask("GET", "/api/v1/keys"), 403, "not_allowed")
        listed = admin.ask("GET", "/api/v1/accounts").json["accounts"]
        account = next(each["id"] for each in listed if each["email"] == "fay@mail.example")
        self.refused(fay.ask("PATCH", f"/api/v1/accounts/{account}", {"role": "admin"}), 403, "not_allowed")
        self.assertEqual(admin.ask("PATCH", f"/api/v1/accounts/{account}", {"role": "admin"}).json["role"], "admin")
        self.assertEqual(fay.ask("GET", "/api/v1/keys").status, 200)
        self.assertEqual(admin.ask("PATCH", f"/api/v1/accounts/{account}", {"role": "editor"}).json["role"], "editor")
        self.refused(fay.ask("GET", "/api/v1/keys"), 403, "not_allowed")
        self.refused(admin.ask("PATCH", f"/api/v1/accounts/{account}", {"role": "king"}), 400, "bad_parameter")
        self.refused(admin.ask("PATCH", "/api/v1/accounts/x", {"role": "admin"}), 404, "unknown_account")

    def test_an_admin_finds_and_deletes_accounts(self):
        admin, gus = self.admin("keeper@mail.example"), self.browser("gus_1@mail.example")
        found = admin.ask("GET", "/api/v1/accounts?text=GUS_").json["accounts"]
        self.assertEqual([each["email"] for each in found], ["gus_1@mail.example"])
        self.assertEqual(admin.ask("GET", "/api/v1/accounts?text=%25").json["accounts"], [])
        self.refused(gus.ask("DELETE", f"/api/v1/accounts/{found[0]['id']}"), 403, "not_allowed")
        for _ in range(2):
            self.assertEqual(admin.ask("DELETE", f"/api/v1/accounts/{found[0]['id']}").status, 204)
        self.assertIsNone(gus.ask("GET", "/api/v1/session").json["account"])
        self.assertEqual(admin.ask("GET", "/api/v1/accounts?text=gus_").json["accounts"], [])
        self.assertEqual(admin.ask("GET", "/api/v1/audit").json["entries"][0]["action"], "DELETE /api/v1/accounts/{id}")
        for each in admin.ask("GET", "/api/v1/accounts?limit=200").json["accounts"]:
            if each["role"] == "admin" and each["email"] != "keeper@mail.example":
                self.assertEqual(admin.ask("DELETE", f"/api/v1/accounts/{each['id']}").status, 204)
            elif each["role"] == "admin":
                keeper = each["id"]
        self.refused(admin.ask("DELETE", f"/api/v1/accounts/{keeper}"), 409, "last_admin")

    def test_the_audit_log_tells_who_did_what_and_from_where(self):
        admin = self.admin("auditor@mail.example")
        key = admin.ask("POST", "/api/v1/keys", {"name": "till", "scopes": ["orders"]}).json
        admin.ask("DELETE", f"/api/v1/keys/{key['id']}")
        self.browser().sign_in("auditor@mail.example", "a wrong password")
        entries = admin.ask("GET", "/api/v1/audit?limit=20").json["entries"]
        self.assertEqual([entry["action"] for entry in entries[:5]], ["POST /api/v1/session", "DELETE /api/v1/keys/{id}", "POST /api/v1/keys", "POST /api/v1/admin-link", "account admin-link"])
        failed, revoked, created, _, linked = entries[:5]
        self.assertEqual((revoked["who"], revoked["subject"], revoked["from"]), ("auditor@mail.example", f"/api/v1/keys/{key['id']}", "127.0.0.1"))
        self.assertIn("till", created["detail"])
        self.assertIn("wrong_password", failed["detail"])
        self.assertEqual(linked["who"], "command line")
        self.assertEqual(admin.ask("GET", f"/api/v1/audit?before={revoked['id']}&limit=1").json["entries"][0]["id"], created["id"])
        self.assertNotIn(key["secret"], json.dumps(entries))
        self.refused(admin.ask("GET", "/api/v1/audit?limit=9999"), 400, "bad_parameter")

    def test_the_first_admin_comes_by_a_link_that_works_once(self):
        data = f"{self.folder}/fresh"
        shutil.copytree(shop.data_dir(), data)
        with service.Service(data=data) as running:
            link = re.search(r"/admin/link#(nzl_\w+)", running.process.stdout.readline()).group(1)
            body = {"token": link, "email": "first@mail.example", "password": PASSWORD}
            self.assertNotIn(link, running.log())
            self.refused(Browser(running).ask("POST", "/api/v1/admin-link", {**body, "token": "nzl_wrong"}), 400, "bad_link")
            self.assertEqual(Browser(running).ask("POST", "/api/v1/admin-link", body).json["role"], "admin")
            self.refused(Browser(running).ask("POST", "/api/v1/admin-link", body), 400, "bad_link")

    def test_keys_are_made_with_care(self):
        admin = self.admin("keys@mail.example")
        for body in ({"name": "x", "scopes": []}, {"name": "", "scopes": ["search"]}, {"name": "x", "scopes": ["everything"]}, {"name": "x", "scopes": ["account"]},
                     {"name": "x", "scopes": ["search"], "days": 0}, {"name": "x", "scopes": ["orders"], "origins": ["https://a.example"]},
                     {"name": "x", "scopes": ["search"], "origins": ["*"]}):
            answer = admin.ask("POST", "/api/v1/keys", body)
            self.assertEqual(answer.status, 400, body)
            self.assertIn(answer.json["code"], ("bad_parameter", "bad_key"))


class ClosedShop(accounts.Shop):
    """Reading needs a key, and searches are limited."""

    flags = ("--require-key", "on", "--searches-per-minute", "3", "--public-url", "https://shop.example")

    def test_a_publishable_key_searches_from_its_origins_only(self):
        self.refused(self.service.get("/api/v1/products"), 401, "sign_in_required")
        made = json.loads(self.nozama("key", "create", "--name", "widget", "--scope", "search", "--origin", "https://blog.example", "--json").stdout)
        self.assertTrue(made["secret"].startswith("nzp_"))
        key = {"Authorization": f"Bearer {made['secret']}"}
        answer = self.service.get("/api/v1/products", {**key, "Origin": "https://blog.example"})
        self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (200, "https://blog.example"))
        for headers in ({**key, "Origin": "https://evil.example"}, key, {**key, "Origin": "null"}):
            self.refused(self.service.get("/api/v1/products", headers), 403, "origin_not_allowed")
        asked = self.service.ask("OPTIONS", "/api/v1/search", headers={"Origin": "https://blog.example", "Access-Control-Request-Method": "POST"})
        self.assertEqual(asked.headers["Access-Control-Allow-Origin"], "https://blog.example")
        self.assertIn("Authorization", asked.headers["Access-Control-Allow-Headers"])
        asked = self.service.ask("OPTIONS", "/api/v1/keys", headers={"Origin": "https://blog.example", "Access-Control-Request-Method": "POST"})
        self.assertNotIn("Access-Control-Allow-Origin", asked.headers)

    def test_searches_of_one_key_are_counted(self):
        made = json.loads(self.nozama("key", "create", "--name", "app", "--scope", "search", "--json").stdout)
        body, headers = json.dumps({"product_id": "plates-1"}), {"Content-Type": "application/json", "Authorization": f"Bearer {made['secret']}"}
        answers = [self.service.ask("POST", "/api/v1/search", body, headers) for _ in range(4)]
        self.assertEqual([answer.status for answer in answers], [200, 200, 200, 429])
        self.assertEqual([answer.headers["RateLimit-Remaining"] for answer in answers], ["2", "1", "0", "0"])
        self.assertEqual(answers[0].headers["RateLimit-Limit"], "3")
        self.assertGreater(int(answers[3].headers["Retry-After"]), 0)
        self.refused(answers[3], 429, "rate_limited")
        contract.check("POST", "/api/v1/search", answers[3])

    def test_a_session_reads_too_and_its_cookie_is_secure_on_https(self):
        answer = self.browser().sign_up("reader@mail.example")
        self.assertIn("; Secure", answer.headers["Set-Cookie"])
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.assertEqual(self.service.get("/api/v1/products", {"Cookie": cookie}).status, 200)


if __name__ == "__main__":
    unittest.main()
