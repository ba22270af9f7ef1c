"""Starts the real program's `serve` and talks HTTP to it."""
import atexit
import http.client
import json
import re
import signal
import subprocess
import tempfile
import time
import urllib.parse
import uuid

import shop

START_SECONDS = 60


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.headers.get_content_type()


def multipart(fields, boundary=None):
    """(Content-Type, body) of (name, value) pairs; bytes are files, everything else is text."""
    boundary = boundary or uuid.uuid4().hex
    body = b""
    for name, value in fields:
        file = '; filename="photo"\r\nContent-Type: application/octet-stream' if isinstance(value, bytes) else ""
        data = value if isinstance(value, bytes) else str(value).encode()
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + data + b"\r\n"
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


class Service:
    """One running `nozama serve`; a context manager. The log is what it wrote to standard error."""

    def __init__(self, *flags, data=None):
        self._log = tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace")
        command = [shop.PROGRAM, "serve", "--data", data or shop.data_dir(), "--models", shop.MODELS, "--listen", "127.0.0.1:0", *flags]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=self._log, text=True)
        self.port = self._await_port()

    def _await_port(self):
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                return int(found.group(1))
        self.process.wait(START_SECONDS)
        raise RuntimeError(f"nozama serve ended with {self.process.returncode} before it listened:\n{self.log()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def log(self):
        self._log.seek(0)
        return self._log.read()

    def stop(self):
        """Stops it if it runs; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()

    def close(self):
        try:
            self.stop()
        finally:
            self._log.close()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method, path, body=None, headers=None):
        connection = self.connection()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, headers=None, **query):
        return self.ask("GET", path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else ""), headers=headers)

    def search(self, photo=None, headers=None, **fields):
        """A search by photo as multipart, or by whatever `fields` say."""
        pairs = [("image", photo)] if photo is not None else []
        for name, value in fields.items():
            pairs += [(name, item) for item in (value if isinstance(value, list) else [value])]
        content_type, body = multipart(pairs)
        return self.ask("POST", "/api/v1/search", body, {"Content-Type": content_type, **(headers or {})})

    def search_json(self, **fields):
        return self.ask("POST", "/api/v1/search", json.dumps(fields), {"Content-Type": "application/json"})


def wait_until(condition, seconds=20):
    """Polls; False when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


_shared = {}


def shared():
    """One service for all tests that do not change it; stopped when the last test module has ended."""
    if "service" not in _shared:
        _shared["service"] = Service()
        atexit.register(_shared["service"].close)
    return _shared["service"]


def result_ids(answer):
    return [hit["product"]["id"] for hit in answer.json["results"]]
