# SPDX-License-Identifier: Apache-2.0
"""The processes of a scene: the daemon under attack, an honest team's server, and the hostile one."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from expectations import ADDRESS_SPACE

# How long a process may take to be there.
START = 30.0
FOLDER = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(what, ask, within=START, pause=0.02):
    """Asks again and again until there is an answer; returns it."""
    deadline = time.monotonic() + within
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {within:.0f} s")
        time.sleep(pause)


class Process:
    """A program with its output in a file; ended by its own id alone."""

    def __init__(self, command, log, environment=None):
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=dict(os.environ, SWIFT_BACKTRACE="enable=no", **(environment or {})))

    @property
    def is_alive(self):
        return self.process.poll() is None

    @property
    def ending(self):
        """How it ended, in words; None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        return signal.Signals(-code).name if code < 0 else f"status {code}"

    def process_ends(self, within):
        """Whether it ends by itself in time."""
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it in order, and by force where it does not."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()


class Daemon(Process):
    """A `sluiced`, what can be asked of it, and what it takes of the machine."""

    def __init__(self, executable, workspace, data, log):
        self.port = free_port()
        self.data = data
        super().__init__(
            ["prlimit", f"--as={ADDRESS_SPACE}", "--", executable, "--workspace", workspace, "--data-dir", data, "--port",
             str(self.port), "--log-level", "info"], log)

    # ------------------------------------------------------------ HTTP

    def connection(self, timeout=START):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, path, body=None, timeout=START):
        """The status and the text of one answer, on a connection of its own."""
        connection = self.connection(timeout)
        try:
            return request(connection, path, body)
        finally:
            connection.close()

    def get(self, path, timeout=START):
        """The JSON of an answer; None where there is none."""
        try:
            status, text = self.ask(path, timeout=timeout)
        except (OSError, http.client.HTTPException):
            return None
        return json.loads(text) if status == 200 else None

    def launch(self, selection, wait=0, timeout=START, **fields):
        """Launches a run; its status and the answer as JSON."""
        status, text = self.ask(f"/v1/runs?wait={wait}", dict(fields, selection=selection), timeout)
        return status, json.loads(text)

    def location(self, name):
        listing = self.get("/v1/locations") or {"items": []}
        return next((item for item in listing["items"] if item["name"] == name), {})

    def metrics(self):
        """Every sample: name, labels, value."""
        try:
            _, text = self.ask("/metrics")
        except (OSError, http.client.HTTPException):
            return []
        found = []
        for line in text.splitlines():
            match = re.match(r"([a-z_:]+)(?:\{(.*)\})? (\S+)$", line)
            if match:
                found.append((match[1], dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or "")), float(match[3])))
        return found

    def becomes_ready(self, location=None, within=START):
        """Waits until it leads and, where one is named, a location is connected."""

        def ask():
            if not self.is_alive:
                raise TimeoutError(f"the daemon ended by itself: {self.ending}")
            try:
                if location is None:
                    return self.ask("/readyz")[0] == 200
                return self.location(location).get("state") == "connected"
            except (OSError, http.client.HTTPException, ValueError):
                return False

        wait_for(f"location '{location}'" if location else "the daemon", ask, within)

    # ------------------------------------------------------------ its size

    def memory(self, name="VmRSS"):
        """Resident bytes, now or (VmHWM) at their highest; 0 once it is dead."""
        try:
            with open(f"/proc/{self.process.pid}/status") as status:
                for line in status:
                    if line.startswith(name + ":"):
                        return int(line.split()[1]) * 1024
        except OSError:
            pass
        return 0

    def forget_highest(self):
        """Begins anew to note the highest resident memory."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")

    @property
    def store_bytes(self):
        return sum(
            os.path.getsize(os.path.join(folder, name))
            for folder, _, names in os.walk(self.data) for name in names if os.path.exists(os.path.join(folder, name)))

    @property
    def log_bytes(self):
        return os.path.getsize(self.log)


def request(connection, path, body=None):
    """One request on a connection that is kept."""
    if body is None:
        connection.request("GET", path)
    else:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, response.read().decode(errors="replace")


class Attacker:
    """The hostile location's process: it runs one attack's server, and tells in lines of JSON what happened."""

    def __init__(self, attack, home, log, options):
        self.told = []
        self.changed = threading.Condition()
        # A real attacker has a machine of its own: here it takes what the others leave.
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                ["nice", "-n", "19", sys.executable, os.path.join(FOLDER, "server.py"), attack, home, json.dumps(options)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output, text=True,
                env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.told.append(json.loads(line))
                self.changed.notify_all()

    def facts(self, kind):
        with self.changed:
            return [fact for fact in self.told if fact["kind"] == kind]

    def wait_for(self, kind, within):
        """Whether something of a kind was told in time."""
        deadline = time.monotonic() + within
        with self.changed:
            while not any(fact["kind"] == kind for fact in self.told):
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    return False
        return True

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(5)
        self.process.stdout.close()


def flood(port, connections, questions, *how):
    """A client that asks on many connections at once, until it is killed; like the attacker it takes what the others leave.

    With "leave" it closes its connections without waiting for answers.
    """
    return subprocess.Popen(
        ["nice", "-n", "19", sys.executable, os.path.join(FOLDER, "flood.py"), str(port), str(connections), json.dumps(questions), *how],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
