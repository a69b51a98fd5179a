# SPDX-License-Identifier: Apache-2.0
"""Processes of one plant: started, watched through /proc, and ended with everything that they have started."""

import os
import signal
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
# How long a process may take to end in order.
GRACE_SECONDS = 30


def _stat(pid):
    """The fields of /proc/PID/stat behind the name, or None where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def tree(root):
    """A process and all below it."""
    children = {}
    for entry in os.listdir("/proc"):
        fields = _stat(entry) if entry.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


class Child:
    """One started process, with a log of its own."""

    def __init__(self, name, command, environment, directory):
        self.name = name
        with open(directory / f"{name}.log", "ab") as log:
            self.process = subprocess.Popen(
                command, cwd=directory, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def is_running(self):
        return self.process.poll() is None

    def processor_seconds(self):
        """User and system time of the process and of what it has started, as far as that was waited for or still runs."""
        stats = [fields for fields in map(_stat, tree(self.process.pid)) if fields]
        return sum(int(field) for fields in stats for field in fields[11:15]) / TICKS

    def resident_megabytes(self):
        """Resident memory of the process and of all below it, in 10^6 bytes."""
        stats = [fields for fields in map(_stat, tree(self.process.pid)) if fields]
        return sum(int(fields[21]) for fields in stats) * PAGE / 1e6

    def stop(self):
        if not self.is_running:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        # What it has started, runs included, is in its session.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def wait_until(what, condition, patience, interval=0.02):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(interval)
    raise TimeoutError(f"not within {patience} s: {what}")
