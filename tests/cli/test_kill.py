"""kill -9 at random moments of an import; tests/kill_rounds.py does it as often as one likes."""
import pathlib
import sys
import unittest

from program import ProgramTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import database  # noqa: E402
import kill_rounds  # noqa: E402

ROUNDS = 4


class Kills(ProgramTest):
    # features: G4
    def test_a_killed_import_loses_nothing_on_sqlite(self):
        self.assertGreater(kill_rounds.KillRounds(self.folder).run(ROUNDS), 0)

    # features: G4, I3
    @database.needs_server
    def test_a_killed_import_loses_nothing_on_postgresql(self):
        with database.Schema() as schema:
            self.assertGreater(kill_rounds.KillRounds(self.folder, schema).run(ROUNDS), 0)


if __name__ == "__main__":
    unittest.main()
