"""The package answers a photo in an empty root: no compiler, no Python, no library but the C library."""
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]

LIBC = ("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libresolv.so.2")

PHOTOS = 40


def make_root(folder):
    """A root with the C library, a few devices and nothing else."""
    for name in ("lib64", "lib/x86_64-linux-gnu", "dev", "tmp", "opt", "proc"):
        (folder / name).mkdir(parents=True)
    for library in LIBC:
        source = pathlib.Path("/lib/x86_64-linux-gnu") / library
        if source.exists():
            shutil.copy(source, folder / "lib/x86_64-linux-gnu" / library)
    shutil.copy("/lib64/ld-linux-x86-64.so.2", folder / "lib64")
    # Made, not mounted: removing the root must never reach the machine's own devices.
    for name, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
        os.mknod(folder / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
    subprocess.run(["mount", "-t", "proc", "proc", folder / "proc"], check=True)


@unittest.skipUnless(os.geteuid() == 0, "chroot needs root")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([ROOT / "dev", "package"], check=True, stdout=subprocess.DEVNULL)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-root-"))
        try:
            make_root(cls.folder)
        except (OSError, subprocess.CalledProcessError) as error:
            cls.tearDownClass()
            raise unittest.SkipTest(f"devices and mounts are not allowed here: {error}")
        archive = max((ROOT / "build/package").glob("nozama-*.tar.gz"), key=lambda path: path.stat().st_mtime)
        subprocess.run(["tar", "-C", cls.folder / "opt", "-xzf", archive], check=True)
        cls.program = f"/opt/{archive.name.removesuffix('.tar.gz')}/bin/nozama"
        cls.photos = sorted((ROOT / "demo/queries").glob("*.webp"))[:PHOTOS]
        things = cls.folder / "photos/things"
        things.mkdir(parents=True)
        for photo in cls.photos:
            shutil.copy(photo, things)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["umount", "-l", cls.folder / "proc"], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(cls.folder, ignore_errors=True)

    def command(self, *arguments):
        return [shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin"), self.folder, self.program, *arguments]

    def run_inside(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, env={"HOME": "/tmp"}, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    # features: I1 I9
    def test_it_imports_pictures_and_answers_a_photo(self):
        imported = self.run_inside("import", "--data", "/data", "--json", "/photos")
        self.assertEqual(imported["pictures_embedded"], PHOTOS)
        for photo in self.photos[:3]:
            answer = self.run_inside("search", "--data", "/data", "--json", "--min-score", "0", f"/photos/things/{photo.name}")
            self.assertEqual(answer["results"][0]["product"]["id"], f"things/{photo.stem}")

    # features: I1 I9
    def test_it_serves_the_storefront_and_answers_over_http(self):
        self.run_inside("import", "--data", "/served", "--json", "/photos")
        command = self.command("serve", "--data", "/served", "--listen", "127.0.0.1:0")
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={"HOME": "/tmp"})
        try:
            address = re.match(r"listening on (\S+)", server.stdout.readline())[1]
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{address}/", timeout=30) as page:
                self.assertIn(b"<html", page.read())
            boundary = "photo-boundary"
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="photo.webp"\r\n\r\n'.encode()
            body = head + self.photos[0].read_bytes() + f"\r\n--{boundary}--\r\n".encode()
            request = urllib.request.Request(
                f"{address}/api/v1/search", body, {"Content-Type": f"multipart/form-data; boundary={boundary}", "Accept": "application/json"}
            )
            with opener.open(request, timeout=60) as answer:
                self.assertEqual(json.load(answer)["results"][0]["product"]["id"], f"things/{self.photos[0].stem}")
        finally:
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(timeout=30), 0)
            server.stdout.close()

    # features: B2
    def test_an_onnx_file_becomes_a_bundle(self):
        sys.path.insert(0, str(ROOT / "tests" / "models"))
        import onnx_graphs

        onnx_graphs.save(self.folder / "tmp/mobilenet.onnx", "mobilenetv3", width=0.125)
        added = self.run_inside("model", "add", "/tmp/mobilenet.onnx", "--name", "mobilenet", "--preset", "mobilenetv3", "--licence", "MIT", "--json")
        self.assertEqual(added["feature_map"], [120, 7, 7])
        self.assertIn("mobilenet", [bundle["name"] for bundle in self.run_inside("model", "list", "--json")["bundles"]])

    def test_the_licences_are_inside(self):
        names = {path.name for path in self.folder.glob("opt/*/share/doc/nozama/licences/*")}
        self.assertLessEqual({"openvino", "libsqlite3-0", "libboost1.81-dev", "libcli11-dev", "svelte", "cropperjs"}, names)


if __name__ == "__main__":
    unittest.main()
