"""The proxies' configurations that we ship, with the real nginx and Caddy where they are installed."""
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest

import service
import shop

CONFIGURATIONS = shop.ROOT / "packaging/proxy"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-proxy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)  # a server that was started by root works as somebody else
        self.nozama = service.Service("--trusted-proxies", "127.0.0.1", "--public-url", "https://shop.example")
        self.addCleanup(self.nozama.close)
        self.port = free_port()

    def start(self, *command):
        proxy = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(self.folder)})
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.send_signal, signal.SIGTERM)
        self.assertTrue(service.wait_until(self.answers), "the proxy does not answer")

    def answers(self):
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def ask(self, method, path, body=None, headers=None):
        # From another address than the proxy's own, as clients do.
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=ssl._create_unverified_context(), source_address=("127.0.0.2", 0))
        try:
            connection.request(method, path, body, {"Host": "shop.example", **(headers or {})})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def check(self):
        forged = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Request-Id": "through-the-proxy"}
        status, headers, body = self.ask("GET", "/api/v1/shop", headers=forged)
        self.assertEqual((status, headers["X-Request-Id"]), (200, "through-the-proxy"))
        self.assertIn("max-age", headers["Strict-Transport-Security"])
        self.assertTrue(service.wait_until(lambda: "request_id=through-the-proxy" in self.nozama.log()))
        line = next(line for line in self.nozama.log().splitlines() if "request_id=through-the-proxy" in line)
        self.assertIn(" client=127.0.0.2 ", line)
        content_type, photo = service.multipart([("image", shop.noise(1))])
        self.assertEqual(self.ask("POST", "/api/v1/search", photo, {"Content-Type": content_type})[0], 200)

    @unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
    def test_nginx(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=shop.example", "-days", "1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        ours = (CONFIGURATIONS / "nginx.conf").read_text(encoding="utf-8")
        for pattern, value in ((r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{self.nozama.port};"), (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
                               (r"listen 443 ", f"listen 127.0.0.1:{self.port} "), (r"/etc/ssl/shop\.example\.pem", str(certificate)), (r"/etc/ssl/shop\.example\.key", str(key))):
            ours, count = re.subn(pattern, value, ours)
            self.assertEqual(count, 1, pattern)
        paths = "".join(f"{name}_temp_path {self.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "all.conf").write_text(f"daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{ours}}}\n")
        self.start("nginx", "-p", self.folder, "-c", self.folder / "all.conf", "-e", self.folder / "error.log")
        self.check()
        # nginx takes the whole body before it hands it on, so that the answer arrives; Caddy may close the connection in the middle.
        status, _, body = self.ask("POST", "/api/v1/search", b"x" * (20 * 1024 * 1024 + 100), {"Content-Type": "application/json"})
        self.assertEqual((status, b"payload_too_large" in body), (413, True))

    @unittest.skipUnless(shutil.which("caddy"), "caddy is not installed")
    def test_caddy(self):
        ours = (CONFIGURATIONS / "Caddyfile").read_text(encoding="utf-8")
        ours = ours.replace("127.0.0.1:8080 {", f"127.0.0.1:{self.nozama.port} {{").replace("shop.example {", f"https://shop.example:{self.port}, https://127.0.0.1:{self.port} {{\n\ttls internal", 1)
        (self.folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}}\n{ours}")
        self.start("caddy", "run", "--config", self.folder / "Caddyfile", "--adapter", "caddyfile")
        self.check()


if __name__ == "__main__":
    unittest.main()
