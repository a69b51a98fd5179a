# SPDX-License-Identifier: Apache-2.0
"""What figures were measured on: they say nothing without it."""

import datetime
import os
import platform
import subprocess
import tempfile
from pathlib import Path


def output(*command):
    """The first line that a command prints, or None where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None


def _field(path, name):
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return None


def _system():
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return platform.system()


def _file_system():
    """The kind of file system that the stores lie on."""
    return output("stat", "--file-system", "--format=%T", tempfile.gettempdir())


def describe():
    memory = int(_field("/proc/meminfo", "MemTotal").split()[0]) * 1024
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "memory_gb": round(memory / 1e9),
        "system": _system(),
        "kernel": platform.release(),
        "file_system": _file_system(),
        "load_before": os.getloadavg()[0],
        "swift": output("swift", "--version"),
        "commit": output("git", "rev-parse", "--short", "HEAD"),
        "is_clean": output("git", "status", "--porcelain") is None,
    }


def sentence(machine):
    parts = [
        f"{machine['date']}, commit {machine['commit']}" + ("" if machine["is_clean"] else " with changes"),
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory_gb']} GB",
        f"{machine['system']}, {machine['file_system']}",
        f"load {machine['load_before']:.1f} before",
    ]
    for name in ("postgres", "dagster"):
        if machine.get(name):
            parts.append(machine[name])
    return "; ".join(parts)
