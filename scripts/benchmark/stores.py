# SPDX-License-Identifier: Apache-2.0
"""Where a work keeps its journal: files of its own, or an empty database of a throw-away PostgreSQL cluster."""

import subprocess
import tempfile
from pathlib import Path

from benchmark.processes import Failure

SCRIPT = Path(__file__).resolve().parents[1] / "postgres.sh"


class SQLite:
    name = "sqlite"
    version = None

    def fresh(self):
        return "sqlite"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Postgres:
    name = "postgres"

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="sb-")
        self._count = 0
        self._call("start")
        self.version = f"PostgreSQL {self._ask('SHOW server_version')}"
        durability = [self._ask(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
        if durability != ["on", "on"]:
            raise Failure(f"the cluster is not durable: fsync and synchronous_commit are {durability}")
        return self

    def __exit__(self, *_):
        self._call("remove")

    def fresh(self):
        """An empty database, as both Sluice and Dagster take it."""
        self._count += 1
        name = f"benchmark{self._count}"
        self._ask(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def _call(self, command):
        done = subprocess.run([SCRIPT, command, self.directory], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"{SCRIPT.name} {command}: {done.stderr.strip()}")

    def _ask(self, sql):
        url = f"postgresql://postgres@/postgres?host={self.directory}"
        done = subprocess.run(["psql", url, "-X", "-A", "-t", "-c", sql], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()


STORES = {"sqlite": SQLite, "postgres": Postgres}
