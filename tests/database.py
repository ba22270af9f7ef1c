"""A PostgreSQL schema for one test, in the server that scripts/test.sh has started."""
import os
import subprocess
import unittest
import uuid

SERVER = os.environ.get("NOZAMA_TEST_DATABASE")
needs_server = unittest.skipUnless(SERVER, "NOZAMA_TEST_DATABASE names no server; ./dev test starts one")


def run_sql(statement):
    """The rows of one statement, as psql prints them."""
    done = subprocess.run(["psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", SERVER, "-c", statement], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


class Schema:
    """An empty place for a catalogue; a context manager."""

    def __init__(self):
        self.name = "test_" + uuid.uuid4().hex[:16]
        run_sql(f"CREATE SCHEMA {self.name}")
        self.url = f"{SERVER}?options=-csearch_path%3D{self.name}&application_name={self.name}"

    def rows(self, statement):
        return run_sql(f"SET search_path = {self.name}; {statement}")[1:]

    def close_connections(self):
        run_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{self.name}'")

    def close(self):
        run_sql(f"DROP SCHEMA {self.name} CASCADE")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
