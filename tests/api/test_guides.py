"""The guides for shops: their commands and snippets are taken from the Markdown and held against the program."""
import html.parser
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import service
import shop

GUIDES = ["shopify.md", "woocommerce.md"]
SHOP = "https://shop.example"


def blocks(guide, language):
    text = (shop.ROOT / "docs/guides" / guide).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def commands(guide):
    """Arguments of each `nozama` line of the guide."""
    lines = [shlex.split(line) for block in blocks(guide, "sh") for line in block.splitlines()]
    return [words[1:] for words in lines if words[0] == "nozama"]


class Elements(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(re.sub(r"\{\{.*?\}\}|<\?php.*?\?>", "1", text))

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


class Guides(unittest.TestCase):
    def test_commands_have_only_flags_that_the_program_knows(self):
        for guide in GUIDES:
            for words in commands(guide):
                names = [word for word in words[:2] if re.fullmatch("[a-z]+", word)]
                names = names if words[0] == "key" else names[:1]
                known = subprocess.run([shop.PROGRAM, *names, "--help"], capture_output=True, text=True, check=True).stdout
                for flag in (word for word in words if word.startswith("--")):
                    self.assertRegex(known, rf"{flag}\b", (guide, words))

    def test_snippets_use_the_elements_and_attributes_that_the_script_defines(self):
        source = "".join(path.read_text(encoding="utf-8") for path in (shop.ROOT / "web/src/widget").glob("*.ts"))
        observed = re.search(r"observedAttributes = \[(.*?)\]", source).group(1)
        for guide in GUIDES:
            found = [pair for block in blocks(guide, "html") for pair in Elements(block).found]
            self.assertEqual([tag for tag, _ in found], ["script", "nozama-search", "script", "nozama-similar"], guide)
            for tag, attributes in found:
                if tag == "script":
                    self.assertTrue(attributes["src"].endswith("/widget/nozama.js"), guide)
                    continue
                self.assertIn(f"'{tag}'", source)
                for name in attributes:
                    self.assertIn(f"'{name}'", observed, guide)

    # features: F5
    def test_the_key_of_the_guides_lets_the_shops_pages_ask_and_no_others(self):
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "data"
            shutil.copytree(shop.data_dir(), data)
            words = next(words for words in commands(GUIDES[0]) if words[0] == "key")
            words[words.index("--data") + 1] = str(data)
            made = subprocess.run([shop.PROGRAM, *words, "--json"], capture_output=True, text=True, check=True).stdout
            secret = re.search(r"nzp_\w+", json.dumps(json.loads(made))).group()
            with service.Service("--require-key", "on", data=data) as shop_search:
                bearer = {"Authorization": f"Bearer {secret}"}
                own = shop_search.get("/api/v1/products?limit=1", headers={**bearer, "Origin": SHOP})
                self.assertEqual(own.status, 200, own.body)
                self.assertEqual(own.headers["Access-Control-Allow-Origin"], SHOP)
                other = shop_search.get("/api/v1/products?limit=1", headers={**bearer, "Origin": "https://elsewhere.example"})
                self.assertIn(other.status, (401, 403))


if __name__ == "__main__":
    unittest.main()
