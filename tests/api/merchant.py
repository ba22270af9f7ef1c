"""A shop that a test may change, on SQLite or PostgreSQL, with a key for its catalogue and a server of pictures beside it."""
import http.server
import json
import pathlib
import shutil
import sys
import tempfile
import threading
import urllib.parse

import contract
import service
import shop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import database  # noqa: E402


class FileServer(http.server.ThreadingHTTPServer):
    """Serves `files` by path: bytes, or a callable that answers the request itself. `asked` counts the requests of each path."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), FileHandler)
        self.files, self.asked, self.bodies = {}, {}, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # clients that leave amid an answer are what some tests are about

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def close(self):
        self.shutdown()
        self.server_close()


class FileHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked[self.path] = self.server.asked.get(self.path, 0) + 1
        file = self.server.files.get(self.path)
        if callable(file):
            return file(self)
        self.send_response(200 if file is not None else 404)
        self.send_header("Content-Length", str(len(file or b"")))
        self.end_headers()
        self.wfile.write(file or b"")

    def log_message(self, *arguments):
        pass


class MerchantCase:
    """Mixed into a TestCase; SQLITE or POSTGRES says where the catalogue is."""

    postgres = False
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-merchant-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.data = cls.folder / "data"
        cls.database = []
        if cls.postgres:
            cls.schema = database.Schema()
            cls.addClassCleanup(cls.schema.close)
            cls.database = ["--database", cls.schema.url]
            cls.run_program("import", shop.write_feed(cls.folder / "feed"))
        else:
            shutil.copytree(shop.data_dir(), cls.data)
        cls.files = FileServer()
        cls.addClassCleanup(cls.files.close)
        cls.secret = json.loads(cls.run_program("key", "create", "--name", "test", "--scope", "catalogue", "--json").stdout)["secret"]
        cls.service = cls.start()
        cls.addClassCleanup(lambda: cls.service.close())

    @classmethod
    def start(cls):
        return service.Service(*cls.database, "--fetch-networks", "127.0.0.1", *cls.flags, data=cls.data)

    @classmethod
    def run_program(cls, command, *arguments, check=True):
        first = [arguments[0]] if command == "key" else []
        models = [] if command == "export" else ["--models", shop.MODELS]
        done = shop.run(command, *first, "--data", cls.data, *cls.database, *models, *arguments[len(first):])
        if check and done.returncode != 0:
            raise RuntimeError(f"nozama {command} failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def ask(self, method, target, body=None, content_type="application/json", headers=None):
        """Asks with the key, and checks the answer against docs/openapi.yaml."""
        if not isinstance(body, (bytes, str, type(None))):
            body = json.dumps(body)
        all_headers = {"Authorization": f"Bearer {self.secret}", **({"Content-Type": content_type} if body is not None else {}), **(headers or {})}
        answer = self.service.ask(method, target, body, all_headers)
        if answer.status != 204:
            contract.check(method, target, answer)
        return answer

    def put(self, product_id, **fields):
        return self.ask("PUT", f"/api/v1/products/{urllib.parse.quote(product_id)}", {"title": f"Thing {product_id}", **fields})

    def batch(self, lines):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        answer = self.ask("POST", "/api/v1/products/batch", text, "application/x-ndjson")
        return [json.loads(line) for line in answer.body.splitlines()] if answer.status == 200 else answer

    def found_first(self, photo):
        answer = self.service.search(photo)
        ids = service.result_ids(answer)
        return ids[0] if ids else None
