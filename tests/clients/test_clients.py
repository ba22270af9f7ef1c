"""The packages that ./dev clients makes, used as README.md shows, against the real program."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/api"))
import service  # noqa: E402

MADE = ROOT / "build/clients"
NODE = ROOT / "build/venv/node-bin/node"
COMPILER = MADE / "typescript/node_modules/typescript/bin/tsc"
ADDRESS = "http://127.0.0.1:8080"


def example(language):
    """The block of README.md, with the address of the service of this test."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(.*?)```", text, re.S)[1]
    assert ADDRESS in found
    return found.replace(ADDRESS, f"http://127.0.0.1:{service.shared().port}")


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        product = service.shared().get("/api/v1/products", limit=1).json["products"][0]
        photo = service.shared().get(product["image_url"]).body
        (cls.folder / "photo.jpg").write_bytes(photo)  # pictures are told by their bytes
        cls.titles = [hit["product"]["title"] for hit in service.shared().search(photo, limit=5).json["results"]]
        assert cls.titles
        cls.install_python()
        cls.install_typescript()

    @classmethod
    def install_python(cls):
        wheel = next(MADE.glob("*.whl"))
        pip = [MADE / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
        subprocess.run([*map(str, pip), "--target", str(cls.folder / "site"), str(wheel)], check=True)

    @classmethod
    def install_typescript(cls):
        modules = cls.folder / "node_modules"
        for name in ("openapi-fetch", "openapi-typescript-helpers"):
            shutil.copytree(MADE / "typescript/node_modules" / name, modules / name)
        with tarfile.open(next(MADE.glob("*.tgz"))) as packed:
            packed.extractall(modules)
        (modules / "package").rename(modules / "nozama-client")
        (cls.folder / "package.json").write_text('{"type": "module"}')

    def run_in_folder(self, *command):
        """(exit status, standard output, standard error)"""
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "site")}
        done = subprocess.run(list(map(str, command)), cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def run_python(self, code):
        return self.run_in_folder(MADE / "venv/bin/python", "-c", code)

    def run_typescript(self, code):
        (self.folder / "example.ts").write_text(code, encoding="utf-8")
        return self.run_in_folder(NODE, "--no-warnings", "example.ts")

    # features: J3
    def test_the_python_example_prints_the_titles_of_what_looks_like_the_photo(self):
        code, printed, errors = self.run_python(example("python"))
        self.assertEqual(code, 0, errors)
        self.assertEqual(printed.splitlines(), self.titles)

    # features: J3
    def test_the_typescript_example_prints_the_titles_of_what_looks_like_the_photo(self):
        code, printed, errors = self.run_typescript(example("ts"))
        self.assertEqual(code, 0, errors)
        self.assertEqual(printed.splitlines(), self.titles)

    def test_the_examples_have_at_most_ten_lines(self):
        for language in ("python", "ts"):
            self.assertLessEqual(len(example(language).splitlines()), 10, language)

    def check_types(self, code):
        (self.folder / "typed.ts").write_text(code, encoding="utf-8")
        types = ["--types", "node", "--typeRoots", ROOT / "web/node_modules/@types"]
        return self.run_in_folder(NODE, COMPILER, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", *types, "typed.ts")

    def test_the_typescript_package_is_typed_and_a_misspelt_field_does_not_compile(self):
        code, printed, _ = self.check_types(example("ts"))
        self.assertEqual(code, 0, printed)
        code, printed, _ = self.check_types(example("ts").replace("limit:", "limits:"))
        self.assertNotEqual(code, 0)
        self.assertIn("limits", printed)

    def test_the_python_client_reaches_the_other_endpoints_and_tells_refusals_by_their_code(self):
        code, printed, errors = self.run_python(f"""
from nozama_client import Nozama, NozamaError
from nozama_client.api.catalogue import list_products
nozama = Nozama("http://127.0.0.1:{service.shared().port}")
product = list_products.sync(client=nozama.client, limit=1).products[0]
print(nozama.search(product_id=product.id, limit=3).results[0].product.id != "")
try:
    nozama.search_by_photo(b"no picture")
except NozamaError as error:
    print(error.status, error.code)
""")
        self.assertEqual(code, 0, errors)
        self.assertEqual(printed.splitlines()[0], "True")
        self.assertRegex(printed.splitlines()[1], r"^4\d\d \w+$")

    def test_the_typescript_client_reaches_the_other_endpoints_and_tells_refusals_by_their_code(self):
        code, printed, errors = self.run_typescript(f"""
import {{ Nozama, NozamaError }} from 'nozama-client';
const nozama = new Nozama('http://127.0.0.1:{service.shared().port}');
const {{ data }} = await nozama.api.GET('/api/v1/products', {{ params: {{ query: {{ limit: 1 }} }} }});
const answer = await nozama.search({{ product_id: data!.products[0]!.id, limit: 3 }});
console.log(answer.results.length);
await nozama.searchByPhoto(new Blob(['no picture'])).catch((error) => console.log(error instanceof NozamaError, error.problem.code));
""")
        self.assertEqual(code, 0, errors)
        self.assertEqual(printed.splitlines()[0], "3")
        self.assertRegex(printed.splitlines()[1], r"^true \w+$")

    def test_a_wrong_key_is_told_as_such_by_both(self):
        address = f"http://127.0.0.1:{service.shared().port}"
        _, printed, _ = self.run_python(f"""
from nozama_client import Nozama, NozamaError
try:
    Nozama("{address}", key="nz_wrong").search_by_photo("photo.jpg")
except NozamaError as error:
    print(error.code)
""")
        self.assertEqual(printed.strip(), "bad_credentials")
        _, printed, _ = self.run_typescript(f"""
import {{ Nozama }} from 'nozama-client';
await new Nozama('{address}', {{ key: 'nz_wrong' }}).search({{ product_id: 'x' }}).catch((error) => console.log(error.problem.code));
""")
        self.assertEqual(printed.strip(), "bad_credentials")


if __name__ == "__main__":
    unittest.main()
