"""What the tests of accounts share: a browser that keeps its session, and a shop of their own."""
import json
import shutil
import subprocess
import tempfile
import unittest

import contract
import service
import shop

PASSWORD = "four words in a row"


class Browser:
    """Keeps the session's cookie and token, as the storefront does."""

    def __init__(self, running, **headers):
        self.running, self.cookie, self.token, self.headers = running, None, None, headers

    def ask(self, method, target, body=None, **headers):
        sent = {**self.headers, **headers}
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        if self.token:
            sent.setdefault("X-CSRF-Token", self.token)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        answer = self.running.ask(method, target, json.dumps(body) if body is not None else None, sent)
        if answer.body:
            contract.check(method, target, answer)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        if answer.type == "application/json" and "csrf_token" in answer.json:
            self.token = answer.json["csrf_token"]
        return answer

    def sign_up(self, email):
        return self.ask("POST", "/api/v1/accounts", {"email": email, "password": PASSWORD})

    def sign_in(self, email, password=PASSWORD):
        return self.ask("POST", "/api/v1/session", {"email": email, "password": password})


class Shop(unittest.TestCase):
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = f"{cls.folder}/data"
        shutil.copytree(shop.data_dir(), cls.data)
        cls.service = service.Service("--sign-ins-per-minute", "0", *cls.flags, data=cls.data)
        cls.addClassCleanup(cls.service.close)

    def nozama(self, *arguments):
        return subprocess.run([shop.PROGRAM, *arguments, "--data", self.data, "--models", shop.MODELS], capture_output=True, text=True, check=True)

    def browser(self, email=None):
        made = Browser(self.service)
        if email:
            self.assertEqual(made.sign_up(email).status, 201)
        return made

    def admin(self, email):
        token = self.nozama("account", "admin-link").stdout.strip().split("#")[1]
        made = Browser(self.service)
        answer = made.ask("POST", "/api/v1/admin-link", {"token": token, "email": email, "password": PASSWORD})
        self.assertEqual((answer.status, answer.json["role"]), (201, "admin"))
        return made

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.body)
