# SPDX-License-Identifier: Apache-2.0
"""Runs a benchmark program, reads its lines of JSON, and leaves no process behind."""

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

# How long one work may take.
PATIENCE_SECONDS = 3 * 3_600
# How long a program that is interrupted may take to stop what it has started.
GRACE_SECONDS = 90
# How much of what a program said is shown when it fails.
SHOWN_LINES = 12


class Failure(Exception):
    pass


def run(command, environment=None):
    """The objects that a program printed, one a line."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, env=os.environ | (environment or {}), stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        )
        try:
            text, _ = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failure(f"{' '.join(map(str, command))}: no end within {PATIENCE_SECONDS} s") from None
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
