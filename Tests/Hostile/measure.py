# SPDX-License-Identifier: Apache-2.0
"""What an honest team feels while another attacks."""

import http.client
import json
import statistics
import threading
import time

from daemon import request

# How many of a location's problems are looked at: the first ones show whether there are any.
MOST_PROBLEMS = 20
# What is said of honest locations, too: nobody listens yet, and the stream has ended.
EVERYDAY = ("Could not establish",)
# What a redeploy says; that it happens each time is news.
EVERYDAY_WHOLE = ("the location ended the session",)


class Loop(threading.Thread):
    """Asks the daemon the same thing again and again on one connection, and notes how long each answer took."""

    # Between two requests: honest work alone must not keep the machine busy.
    pause = 0.01
    # An answer that takes longer is given up, and counts as so long.
    timeout = 20.0

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.target = daemon
        self.samples = []
        self.failures = []
        self.begun = None
        self.over = threading.Event()

    def ask(self, connection):
        raise NotImplementedError

    def run(self):
        connection = self.target.connection(self.timeout)
        while not self.over.is_set():
            self.begun = time.monotonic()
            try:
                problem = self.ask(connection)
            except (OSError, http.client.HTTPException, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"
                connection.close()
                if self.target.is_alive is False:
                    self.over.set()
            took = time.monotonic() - self.begun
            self.samples.append((self.begun, took))
            if problem:
                self.failures.append((self.begun, problem))
            self.begun = None
            self.over.wait(self.pause)
        connection.close()

    def between(self, start, end):
        """The times of what was asked in a span; what has no answer yet counts with its age."""
        found = [took for begun, took in list(self.samples) if start <= begun < end]
        begun = self.begun
        if begun is not None and begun < end:
            found.append(time.monotonic() - begun)
        return found

    def failed_between(self, start, end):
        return [problem for begun, problem in list(self.failures) if start <= begun < end]


class HonestSteps(Loop):
    """Launches one honest step after the other, and waits for the end of each."""

    def __init__(self, daemon, selection):
        super().__init__(daemon)
        self.selection = selection

    def ask(self, connection):
        status, text = request(connection, "/v1/runs?wait=15", {"selection": self.selection})
        if status != 200:
            return f"{status}: {text[:200]}"
        return None if '"succeeded"' in text else f"it did not succeed: {text[:200]}"


class Probe(Loop):
    """Asks /healthz."""

    pause = 0.1

    def ask(self, connection):
        status, text = request(connection, "/healthz")
        return None if status == 200 else f"{status}: {text[:200]}"


class Listener(Loop):
    """Asks what operators are told about some locations, and keeps each line once."""

    pause = 0.3

    def __init__(self, daemon, locations):
        super().__init__(daemon)
        self.locations = locations
        self.said = []

    def ask(self, connection):
        status, text = request(connection, "/v1/locations")
        if status != 200:
            return f"{status}: {text[:200]}"
        for item in json.loads(text)["items"]:
            if item["name"] in self.locations:
                self.hear([*item.get("problems", [])[:MOST_PROBLEMS], item.get("detail")])
        return None

    def hear(self, lines):
        for line in lines:
            if line and line not in EVERYDAY_WHOLE and line not in self.said and not any(text in line for text in EVERYDAY):
                self.said.append(line)


class Times:
    """Count, median and maximum of some times, in seconds."""

    def __init__(self, times):
        self.count = len(times)
        self.median = statistics.median(times) if times else float("inf")
        self.longest = max(times, default=float("inf"))

    def __str__(self):
        return f"{self.median * 1000:.0f}/{self.longest * 1000:.0f} ms of {self.count}"
