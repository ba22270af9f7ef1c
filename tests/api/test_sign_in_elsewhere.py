"""Signing in at an OpenID Connect provider: a real one, started here."""
import http.client
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import contract
import service
import shop

SITE = "https://shop.example"  # where the provider sends the browser back; the tests bring it to our port
CALLBACK = SITE + "/api/v1/session/oidc/callback"


class Provider:
    def __init__(self):
        node = shop.ROOT / "build/venv/node-bin/node"
        self.process = subprocess.Popen([node, "provider.mjs", CALLBACK], cwd=shop.ROOT / "tests/oidc", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.issuer = self.process.stdout.readline().strip()

    def change_keys(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Visitor:
    """A browser that follows redirects between the two and fills in the provider's forms."""

    def __init__(self, running, provider):
        self.running, self.provider, self.cookies = running, provider, {}

    def ask(self, url, form=None):
        parts = urllib.parse.urlsplit(url)
        port = self.running.port if url.startswith(SITE) else parts.port
        jar = self.cookies.setdefault(port, {})
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if form is not None else "GET", parts.path + (f"?{parts.query}" if parts.query else ""), urllib.parse.urlencode(form) if form is not None else None, headers)
        response = connection.getresponse()
        answer = service.Answer(response, response.read())
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            if value:
                jar[name] = value
            else:
                jar.pop(name, None)
        connection.close()
        return answer

    def start(self, return_to="/account"):
        return self.ask(f"{SITE}/api/v1/session/oidc/start?return_to={urllib.parse.quote(return_to)}")

    def at_provider(self, url, login):
        """From the provider's first page to the address of our callback."""
        for _ in range(12):
            if url.startswith(SITE):
                return url
            answer = self.ask(url)
            if answer.status in (302, 303):
                url = urllib.parse.urljoin(url, answer.headers["Location"])
                continue
            page = answer.body.decode()
            action = urllib.parse.urljoin(url, re.search(r'<form[^>]*action="([^"]+)"', page).group(1))
            prompt = re.search(r'name="prompt" value="(\w+)"', page).group(1)
            answer = self.ask(action, {"prompt": prompt, "login": login, "password": "x"} if prompt == "login" else {"prompt": prompt})
            url = urllib.parse.urljoin(action, answer.headers["Location"])
        raise AssertionError(f"the provider never came back: {url}")

    def sign_in(self, login, return_to="/account"):
        return self.ask(self.at_provider(self.start(return_to).headers["Location"], login))

    def session(self):
        return self.ask(f"{SITE}/api/v1/session").json


class SignInElsewhere(unittest.TestCase):
    client = "shop"

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        shutil.copytree(shop.data_dir(), f"{cls.folder}/data")
        with open(f"{cls.folder}/secret", "w", encoding="utf-8") as file:
            file.write("a secret of the tests\n")
        cls.provider = Provider()
        cls.addClassCleanup(cls.provider.close)
        cls.service = service.Service("--public-url", SITE, "--oidc-issuer", cls.provider.issuer, "--oidc-client-id", cls.client, "--oidc-client-secret-file", f"{cls.folder}/secret",
                                      "--oidc-name", "Example", "--sign-ins-per-minute", "0", data=f"{cls.folder}/data")
        cls.addClassCleanup(cls.service.close)

    def visitor(self):
        return Visitor(self.service, self.provider)

    # features: I5
    def test_a_shopper_signs_in_and_comes_back_to_the_page(self):
        ana = self.visitor()
        self.assertEqual(ana.session()["providers"], ["Example"])
        answer = ana.sign_in("ana@mail.example", "/category/rings?sort=rating")
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "/category/rings?sort=rating"))
        session = ana.session()
        self.assertEqual((session["account"]["email"], session["account"]["verified"], session["role"]), ("ana@mail.example", True, "shopper"))
        again = self.visitor()
        again.sign_in("ana@mail.example")
        self.assertEqual(again.session()["account"]["id"], session["account"]["id"])

    def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing(self):
        eve = self.visitor()
        self.assertEqual(eve.sign_in("unsure@mail.example").headers["Location"], "/account?sign_in_problem=email_unverified")
        self.assertIsNone(eve.session()["account"])

    def test_only_the_browser_that_began_can_end_it(self):
        ana, eve = self.visitor(), self.visitor()
        callback = ana.at_provider(ana.start().headers["Location"], "ana@mail.example")
        self.assertIn("sign_in_expired", eve.ask(callback).headers["Location"])
        eve.start()
        self.assertIn("sign_in_expired", eve.ask(callback).headers["Location"])
        self.assertIsNone(eve.session()["account"])
        self.assertIn("sign_in_expired", ana.ask(callback.replace("state=", "state=x")).headers["Location"])

    def test_an_invented_code_and_an_old_state_open_nothing(self):
        ana = self.visitor()
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(ana.start().headers["Location"]).query)["state"][0]
        self.assertIn("sign_in_problem=sign_in_refused", ana.ask(f"{CALLBACK}?state={state}&code=invented").headers["Location"])
        ana.start()
        self.assertIn("sign_in_expired", ana.ask(f"{CALLBACK}?state={state}&code=invented").headers["Location"])
        self.assertIsNone(ana.session()["account"])

    def test_the_way_there_has_state_nonce_and_a_challenge(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.visitor().start().headers["Location"]).query)
        self.assertEqual((query["response_type"], query["code_challenge_method"], query["redirect_uri"]), (["code"], ["S256"], [CALLBACK]))
        for name in ("state", "nonce", "code_challenge"):
            self.assertGreaterEqual(len(query[name][0]), 43)

    def test_nobody_is_sent_to_another_site(self):
        for path in ("//evil.example", "https://evil.example", "/\\evil.example", "account", "/a\r\nX: y"):
            visitor = self.visitor()
            self.assertEqual(visitor.sign_in("ben@mail.example", path).headers["Location"], "/", path)

    def test_new_keys_of_the_provider_are_found(self):
        self.assertNotIn("sign_in_problem", self.visitor().sign_in("carl@mail.example").headers["Location"])
        self.provider.change_keys()
        threading.Event().wait(1.1)  # keys are asked for once a second at most
        self.assertNotIn("sign_in_problem", self.visitor().sign_in("carl@mail.example").headers["Location"])


class ByEllipticCurve(SignInElsewhere):
    client = "shop-ec"


class WithoutAProvider(unittest.TestCase):
    def test_there_is_nothing_to_start(self):
        answer = service.shared().get("/api/v1/session/oidc/start")
        self.assertEqual((answer.status, answer.json["code"]), (404, "not_found"))
        contract.check("GET", "/api/v1/session/oidc/start", answer)

    def test_one_that_is_down_is_a_problem_of_this_sign_in_only(self):
        with service.Service("--public-url", SITE, "--oidc-issuer", "http://127.0.0.1:9", "--oidc-client-id", "x") as running:
            answer = running.get("/api/v1/session/oidc/start", return_to="/account")
            self.assertEqual((answer.status, answer.headers["Location"]), (303, "/account?sign_in_problem=provider_unavailable"))
            self.assertEqual(running.get("/api/v1/products").status, 200)

    def test_half_a_configuration_is_refused(self):
        for flags in (["--oidc-issuer", "https://id.example"], ["--oidc-issuer", "https://id.example", "--oidc-client-id", "x"], ["--oidc-issuer", "http://id.example", "--oidc-client-id", "x", "--public-url", SITE],
                      ["--smtp-url", "smtp://127.0.0.1:25"], ["--smtp-url", "http://x", "--mail-from", "a@b.example", "--public-url", SITE]):
            done = shop.run("serve", "--data", shop.data_dir(), "--models", shop.MODELS, "--listen", "127.0.0.1:0", *flags)
            self.assertEqual(done.returncode, 2, done.stderr)


if __name__ == "__main__":
    unittest.main()
