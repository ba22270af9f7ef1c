"""Who may do what: API keys, as programs of a merchant use them."""
import json
import shutil
import subprocess
import tempfile
import unittest

import contract
import service
import shop


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = f"{cls.folder}/data"
        shutil.copytree(shop.data_dir(), cls.data)
        cls.service = service.Service(data=cls.data)
        cls.addClassCleanup(cls.service.close)

    def key(self, *scopes, name="a test"):
        flags = [flag for scope in scopes for flag in ("--scope", scope)]
        made = subprocess.run([shop.PROGRAM, "key", "create", "--data", self.data, "--models", shop.MODELS, "--name", name, *flags, "--json"], capture_output=True, text=True, check=True)
        return json.loads(made.stdout)

    def ask(self, method, target, secret=None, authorization=None):
        headers = {"Authorization": authorization or f"Bearer {secret}"} if secret or authorization else {}
        answer = self.service.ask(method, target, headers=headers)
        if answer.body:
            contract.check(method, target, answer)
        return answer

    # features: I5
    def test_without_a_key_what_needs_one_is_closed_and_reading_is_open(self):
        answer = self.ask("GET", "/api/v1/keys")
        self.assertEqual((answer.status, answer.json["code"]), (401, "sign_in_required"))
        self.assertIn("admin", answer.json["detail"])
        self.assertEqual(self.ask("GET", "/api/v1/products").status, 200)

    def test_a_key_does_what_its_scopes_say_and_no_more(self):
        secret = self.key("catalogue", "orders")["secret"]
        answer = self.ask("GET", "/api/v1/keys", secret)
        self.assertEqual((answer.status, answer.json["code"]), (403, "not_allowed"))
        self.assertEqual(self.ask("GET", "/api/v1/keys", self.key("admin")["secret"]).status, 200)

    def test_secrets_are_shown_once_and_stored_nowhere(self):
        made = self.key("admin", name="shown once")
        listed = self.ask("GET", "/api/v1/keys", made["secret"])
        self.assertNotIn(made["secret"], listed.body.decode())
        for part in ("", "-wal"):
            try:
                with open(f"{self.data}/catalogue.db{part}", "rb") as database:
                    self.assertNotIn(made["secret"].encode(), database.read())
            except FileNotFoundError:
                self.assertEqual(part, "-wal")
        self.assertNotIn(made["secret"], self.service.log())

    def test_a_revoked_key_is_refused_at_once(self):
        admin, other = self.key("admin"), self.key("admin")
        self.assertEqual(self.ask("DELETE", f"/api/v1/keys/{other['id']}", admin["secret"]).status, 204)
        answer = self.ask("GET", "/api/v1/keys", other["secret"])
        self.assertEqual((answer.status, answer.json["code"]), (401, "bad_credentials"))
        self.assertEqual(self.ask("DELETE", "/api/v1/keys/x", admin["secret"]).status, 404)

    def test_strange_credentials_are_refused_wherever_they_are_sent(self):
        for authorization in ("Bearer", "Bearer ", "Bearer nzk_", "Basic dXNlcjpwYXNz", "Bearer " + "a" * 5000, "nzk_x", "Bearer nzk_\xe9"):
            for target in ("/api/v1/keys", "/api/v1/products"):
                answer = self.service.ask("GET", target, headers={"Authorization": authorization})
                self.assertEqual((answer.status, answer.json["code"]), (401, "bad_credentials"), authorization[:20])


if __name__ == "__main__":
    unittest.main()
