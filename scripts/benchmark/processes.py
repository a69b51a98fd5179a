# SPDX-License-Identifier: Apache-2.0
"""Runs a benchmark program, reads its lines of JSON, and leaves no process behind."""

import json
import os
import random
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

# How long one work may take, and one that is only tried.
PATIENCE_SECONDS = 3 * 3_600
SMOKE_PATIENCE_SECONDS = 120
# How long a program that is interrupted may take to stop what it has started.
GRACE_SECONDS = 90
# How much of what a program said is shown when it fails.
SHOWN_LINES = 12


# Where free ports are looked for: below those that the system gives to outgoing connections.
PORTS = range(20_000, 30_000)
# How many ports in a row a work may take: a daemon's, and those of its locations.
PORTS_IN_A_ROW = 70


class Failure(Exception):
    pass


def free_ports():
    """The first of so many free ports in a row, so that works of several people do not meet."""
    while True:
        first = random.choice(PORTS)
        if all(map(_is_free, range(first, first + PORTS_IN_A_ROW))):
            return first


def _is_free(port):
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run(command, patience=PATIENCE_SECONDS):
    """The objects that a program printed, one a line."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
        try:
            text, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            raise Failure(f"{' '.join(map(str, command))}: no end within {patience} s") from None
        finally:
            end(process)
        if process.returncode != 0:
            errors.seek(0)
            said = "\n  ".join(errors.read().strip().splitlines()[-SHOWN_LINES:])
            raise Failure(f"{' '.join(map(str, command))}: status {process.returncode}\n  {said}")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def end(process):
    """Ends a program and whatever it has started in its session."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    for pid in session(process.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def session(leader):
    """The processes of a session; each may have a group of its own."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            found.append(int(entry))
    return found
