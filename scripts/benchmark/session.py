# SPDX-License-Identifier: Apache-2.0
"""One session of measuring: works, limits and curves, each run once however many rows it serves."""

import sys
import time

from benchmark import processes, works

# Works that start neither a daemon nor a location, and those that listen nowhere.
WITHOUT_PLANT = ("embedded", "plan", "messages", "commits")
WITHOUT_PORTS = ("embedded", "plan", "commits")

class Session:
    def __init__(self, options, store, python):
        self.options = options
        self.store = store
        # Dagster's interpreter, or None.
        self.python = python
        self.failures = []
        self._done = {}

    def say(self, text):
        if not self.options.silent:
            print(text, file=sys.stderr, flush=True)

    # Programs

    def sluice(self, arguments, stored=True):
        """The lines of sluice-benchmark; what was run already is not run again."""
        if self.options.smoke:
            arguments = works.with_options(arguments, works.SMOKE)
        command = [str(self.options.binaries / "sluice-benchmark"), *arguments]
        if arguments[0] not in WITHOUT_PLANT:
            command += ["--binaries", str(self.options.binaries)]
        return self._once(command, stored)

    def dagster(self, arguments, stored=True):
        return self._once([self.python, "Benchmarks/Dagster/benchmark.py", *arguments], stored)

    def _once(self, command, stored):
        key = tuple(command)
        if key not in self._done:
            whole = command + (["--store", self.store.fresh()] if stored else [])
            if command[1] not in WITHOUT_PORTS:
                whole += ["--port", str(processes.free_ports())]
            start = time.monotonic()
            self.say(f"… {' '.join(command[1:])}")
            self._done[key] = processes.run(whole, processes.SMOKE_PATIENCE_SECONDS if self.options.smoke else processes.PATIENCE_SECONDS)
            self.say(f"  {time.monotonic() - start:.0f} s")
        return self._done[key]

    def attempt(self, what, body):
        """What a body returns; None where it fails, which is said and remembered, and hinders nothing else."""
        try:
            return body()
        except (processes.Failure, KeyError, IndexError) as error:
            self.failures.append(f"{what}: {error!r}" if not isinstance(error, processes.Failure) else f"{what}: {error}")
            self.say(f"FAILED {self.failures[-1]}")
            return None

    # Works

    def work(self, work):
        """What came of one work: our value, theirs, and the lines behind them."""
        result = {"id": work.id}
        ours = self.record(work)
        if ours is not None:
            result |= {"sluice": work.value(ours), "sluice_record": ours}
            if note := works.shortened(work, self.options.quick):
                result["sluice_note"] = note
        if self.python and work.dagster:
            arguments = self._dagster_arguments(work)
            theirs = self.attempt(f"{work.id} in Dagster", lambda: self.dagster(arguments, not work.without_store)[0])
            if theirs is not None:
                result |= {"dagster": (work.dagster_value or work.value)(theirs), "dagster_record": theirs}
                if note := works.scaled(work, arguments):
                    result["dagster_note"] = note
        return result

    def record(self, work):
        """Our line about a work; None where it failed."""
        return self.attempt(work.id, lambda: self._record(work))

    def _record(self, work):
        arguments = works.with_options(work.sluice, work.quick if self.options.quick else {})
        lines = self.sluice(arguments, not work.without_store)
        wanted = works.LINES.get(work.id)
        return next(line for line in lines if wanted in (None, line["work"]))

    def _dagster_arguments(self, work):
        replaced = work.dagster_quick if self.options.quick else work.dagster_full if self.options.full else {}
        return works.with_options(work.dagster, replaced)
