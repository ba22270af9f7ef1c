"""A shop is backed up while it serves, dies, and comes back elsewhere with the same answers."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import service
import shop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import database  # noqa: E402

PHOTOS = [(kind, number) for kind in ("Rings", "Boards", "Curtains", "Tiles") for number in (0, 5)]


def answers(running):
    """What a shopper sees: ids and scores of some searches, and a list."""
    searches = [running.search(shop.product_picture(kind, number), limit=10, min_score=0).json["results"] for kind, number in PHOTOS]
    listed = running.get("/api/v1/products", limit=100).json["products"]
    return [[(hit["product"]["id"], hit["score"]) for hit in results] for results in searches], [product["id"] for product in listed]


class BackupTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-backup-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data, self.backup, self.restored = self.folder / "data", self.folder / "backup", self.folder / "restored"
        shutil.copytree(shop.data_dir(), self.data)

    def run_ok(self, *command):
        done = shop.run(*command)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[-1]) if "--json" in command else done.stdout

    def add_a_product(self, name="extra"):
        (self.folder / f"{name}.png").write_bytes(shop.noise(name))
        (self.folder / "feed.csv").write_text(f"id,title,price,currency,category,picture\n{name},Thing,1.50,EUR,Home > Tiles,{name}.png\n", encoding="utf-8")
        done = shop.run("import", "--data", self.data, "--models", shop.MODELS, self.folder / "feed.csv")
        self.assertEqual(done.returncode, 0, done.stderr)

    # features: I7
    def test_a_restored_backup_serves_the_same_answers(self):
        with service.Service(data=self.data) as running:
            before = answers(running)
            report = self.run_ok("backup", "--data", self.data, "--json", self.backup)
            products = len(shop.KINDS) * shop.PRODUCTS_PER_KIND
            self.assertEqual((report["products"], report["pictures_copied"], report["lost"]), (products, products, []))
            self.assertEqual(answers(running), before)
            self.add_a_product()  # after the backup: not in it
            self.assertTrue(service.wait_until(lambda: "extra" in answers(running)[1]))
            os.kill(running.process.pid, signal.SIGKILL)
            running.process.wait()
        self.run_ok("restore", "--data", self.restored, "--json", self.backup)
        with service.Service(data=self.restored) as running:
            self.assertEqual(answers(running), before)
        refused = shop.run("restore", "--data", self.restored, self.backup)
        self.assertEqual(refused.returncode, 4)
        self.assertIn("is not empty", refused.stderr)
        doctor = self.run_ok("doctor", "--data", self.restored, "--models", shop.MODELS, "--json")
        self.assertTrue(doctor["healthy"], doctor)

    # features: I7
    def test_a_snapshot_ahead_of_the_restored_database_is_rebuilt(self):
        self.run_ok("backup", "--data", self.data, self.backup)
        self.add_a_product()
        with service.Service(data=self.data) as running:
            running.get("/healthz")
        self.run_ok("restore", "--data", self.restored, self.backup)
        shutil.copy(self.data / "index.nzi", self.restored / "index.nzi")
        with service.Service(data=self.restored) as running:
            self.assertIn("the snapshot is ahead of the database", running.log())
            self.assertNotIn("extra", [hit["product"]["id"] for hit in running.search(shop.noise("extra"), min_score=0).json["results"]])

    def test_a_stopped_backup_says_so_and_can_be_run_again(self):
        process = subprocess.Popen([str(shop.PROGRAM), "backup", "--data", str(self.data), str(self.backup)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        if not (self.backup / "manifest.json").exists():  # it was in time
            self.assertNotEqual(process.returncode, 0)
            self.assertEqual(shop.run("restore", "--data", self.restored, self.backup).returncode, 3)
            shutil.rmtree(self.restored, ignore_errors=True)
        self.run_ok("backup", "--data", self.data, self.backup)
        self.run_ok("restore", "--data", self.restored, self.backup)

    @unittest.skipUnless(os.environ.get("NOZAMA_TEST_S3"), "NOZAMA_TEST_S3 names no server; ./dev test starts one")
    def test_pictures_come_from_one_bucket_and_go_to_another(self):
        bucket, parameters = os.environ["NOZAMA_TEST_S3"].split("?")
        first, second = (f"{bucket}/{self.folder.name}/{name}?{parameters}" for name in ("first", "second"))
        with unittest.mock.patch.dict(os.environ, {"AWS_ACCESS_KEY_ID": "nozama-test", "AWS_SECRET_ACCESS_KEY": "nozama-test-secret"}):
            self.run_ok("import", "--data", self.folder / "s3", "--blobs", first, "--models", shop.MODELS, "--json", shop.data_dir().parent / "feed" / "feed.csv")
            products = len(shop.KINDS) * shop.PRODUCTS_PER_KIND
            self.assertEqual(self.run_ok("backup", "--data", self.folder / "s3", "--blobs", first, "--json", self.backup)["pictures_copied"], products)
            self.assertEqual(self.run_ok("restore", "--data", self.restored, "--blobs", second, "--json", self.backup)["pictures_copied"], products)
            self.assertFalse((self.restored / "pictures").exists())
            self.assertTrue(self.run_ok("doctor", "--data", self.restored, "--blobs", second, "--models", shop.MODELS, "--json")["healthy"])

    @database.needs_server
    def test_a_postgresql_catalogue_comes_back_with_pg_dump(self):
        """docs/backup.md, step by step: dump first, then the pictures; restored elsewhere, the answers are the same."""
        with database.Schema() as place:
            elsewhere = ["--data", self.folder / "postgres", "--database", place.url, "--models", shop.MODELS]
            self.run_ok("import", *elsewhere, "--json", shop.data_dir().parent / "feed" / "feed.csv")
            self.run_ok("train", *elsewhere, "--json")
            refused = shop.run("backup", *elsewhere[:4], self.backup)
            self.assertEqual(refused.returncode, 6)
            self.assertIn("pg_dump", refused.stderr)
            with service.Service("--database", place.url, data=self.folder / "postgres") as running:
                before = answers(running)
                dump = self.folder / "nozama.dump"
                subprocess.run(["pg_dump", "--format=custom", f"--schema={place.name}", f"--file={dump}", database.SERVER], check=True)
                shutil.copytree(self.folder / "postgres" / "pictures", self.restored / "pictures")
            place.close()
            subprocess.run(["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={database.SERVER}", dump], check=True)
            with service.Service("--database", place.url, data=self.restored) as running:
                self.assertEqual(answers(running), before)


if __name__ == "__main__":
    unittest.main()
