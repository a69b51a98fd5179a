# SPDX-License-Identifier: Apache-2.0
"""What may be committed, and what every file begins with."""

import re

from soundness.tree import Check, File

HEADER = "SPDX-License-Identifier: Apache-2.0"
CODE = (".swift", ".py", ".sh", ".proto", ".h", ".modulemap")
# The folders of CodeLocations that are ours; the code of the others is their teams', under their licence.
OURS = ("Fleet", "Flights", "Insights", "Shared", "Weather")
NEVER = re.compile(r"(^|/)(Package\.resolved|\.build[^/]*|\.sluice|\.demo|\.venv|__pycache__|\.DS_Store)(/|$)|\.sqlite(-wal|-shm)?$")
# Written so that this file does not find itself.
MACHINE = re.compile(r"\.\./sha" + r"red\b|(?<![\w.])/wor" + r"k(?![\w-])|/tmp/sli" + r"ces|/ho" + r"me/\w")


def is_of_a_team(file):
    parts = file.path.split("/")
    return len(parts) > 2 and parts[0] == "CodeLocations" and parts[1] not in OURS


def find_headers(files):
    for file in files:
        if is_of_a_team(file):
            continue
        if file.path.endswith(CODE) or file.text.startswith("#!"):
            if not any(HEADER in line for line in file.lines[:2]):
                yield file.path, 1, f"its first lines do not say '{HEADER}'"


def find_headers_of_ours(files):
    """What `sluice init --package` writes is a team's, under the team's licence, and so is the example that holds it."""
    return find_headers(file for file in files if not file.is_below("Examples/OwnRepository"))


def find_strays(files):
    for file in files:
        if NEVER.search(file.path):
            yield file.path, 1, "is made by a build or a run: it must not be committed"


def find_machine_paths(files):
    for file in files:
        for number, line in enumerate(file.lines, 1):
            match = MACHINE.search(line)
            if match:
                yield file.path, number, f"names '{match[0]}', a place on somebody's machine"


CHECKS = [
    Check(
        "licence headers",
        find_headers_of_ours,
        rejects=[
            [File("Examples/Embedded/X.swift", "import AssetKit")],
            [File("Sources/A/X.swift", "import Foundation")],
            [File("scripts/x.sh", "#!/bin/sh\nset -e\n# " + HEADER)],
            [File(".ci/run", "#!/usr/bin/env bash\necho")],
            [File("Protos/x.proto", 'syntax = "proto3";')],
            [File("CodeLocations/Weather/Assets/Weather.swift", "public import AssetKit")],
        ],
        accepts=[
            [File("Examples/OwnRepository/Sources/tides/Tides.swift", "import CodeLocationHost")],
            [File("Sources/A/X.swift", "// " + HEADER)],
            [File("Package.swift", "// swift-tools-version:6.2\n// " + HEADER)],
            [File("README.md", "# Sluice")],
            [File("CodeLocations/Trains/Assets/Trains.swift", "public import AssetKit")],
        ],
    ),
    Check(
        "nothing built is committed",
        find_strays,
        rejects=[
            [File("Package.resolved", "{}")],
            [File(".build/debug.yaml", "")],
            [File("Examples/x/.build-release/a", "")],
            [File(".demo/journal.sqlite", "")],
        ],
        accepts=[[File("Package.swift", "")], [File("Sources/SQLiteStore/SQLiteStore.swift", "")]],
    ),
    Check(
        "no machine's paths",
        find_machine_paths,
        rejects=[
            [File("README.md", "see ../sha" + "red/x")],
            [File("a.sh", "cd /wor" + "k/main")],
            [File("a.swift", 'let x = "/wor' + 'k"')],
            [File("a.md", "/ho" + "me/somebody")],
        ],
        accepts=[[File("a.md", "a network/work/item and /worker, at https://x.org/workshop")]],
    ),
]
