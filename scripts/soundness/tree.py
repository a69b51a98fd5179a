# SPDX-License-Identifier: Apache-2.0
"""The files that the checks look at, and how a check says what it found."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class File:
    """One file of the project: its path from the root, with '/', and its text."""

    path: str
    text: str

    @property
    def lines(self):
        return self.text.split("\n")

    @property
    def code_lines(self):
        """The lines with the insides of multi-line string literals left empty: templates hold code that is not ours."""
        inside = False
        lines = []
        for line in self.lines:
            opens = line.count('"""') % 2 == 1
            lines.append("" if inside and not opens else line)
            inside = inside != opens
        return lines

    @property
    def is_generated(self):
        return "/Generated/" in self.path

    def is_below(self, *folders):
        return any(self.path.startswith(folder + "/") for folder in folders)


@dataclass(frozen=True)
class Check:
    """A rule over files: `find` returns (path, line, problem) triples.

    Every check carries an input that it must reject and one that it must accept, so that it cannot quietly stop working.
    """

    name: str
    find: object
    rejects: list
    accepts: list


SWIFT_FOLDERS = ("Sources", "Tests", "CodeLocations", "Examples", "Fuzzing")
TEXT = {".swift", ".py", ".sh", ".proto", ".md", ".yaml", ".yml", ".json", ".svg", ".modulemap", ".h", ""}


def project_paths():
    """Every file that is committed, or is new and not ignored; where there is no git to ask, every file that no tool made."""
    command = ["git", "-c", f"safe.directory={os.getcwd()}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, check=True, capture_output=True).stdout.decode()
        return sorted({path for path in listing.split("\0") if path and os.path.isfile(path)})
    except (OSError, subprocess.CalledProcessError):
        return sorted(walk())


def walk():
    made = (".git", ".build", ".swiftpm", ".sluice", ".demo", ".venv", "__pycache__")
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if not name.startswith(made)]
        for name in names:
            if name != "Package.resolved":
                yield os.path.relpath(os.path.join(folder, name), ".")


def project_files():
    """Every text file of the project."""
    files = []
    for path in map(Path, project_paths()):
        if path.suffix in TEXT and "Data" not in path.parts and path.parts[:2] != ("Fuzzing", "Corpus"):
            files.append(File(path.as_posix(), path.read_text(encoding="utf-8", errors="replace")))
    return files


# Where a case for a check has the package's description.
MANIFEST = "package.json"


def described(files):
    """The package as SwiftPM describes it."""
    given = next((file.text for file in files if file.path == MANIFEST), None)
    command = ["swift", "package", "dump-package"]
    return json.loads(given or subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def swift(files):
    """The hand-written Swift files."""
    return [file for file in files if file.path.endswith(".swift") and not file.is_generated]


def without_comment(line):
    """A line of Swift up to its `//`, unless that stands in a string such as a URL."""
    at = line.find("//")
    while at > 0 and line[at - 1] == ":":
        at = line.find("//", at + 2)
    return line if at < 0 else line[:at]


def is_test(file):
    return file.is_below("Tests") or (file.is_below("CodeLocations") and "/Tests/" in file.path)
