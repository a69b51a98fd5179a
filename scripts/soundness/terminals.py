# SPDX-License-Identifier: Apache-2.0
"""What is written to a terminal or a log goes through the few files that take `Shown`, so that nothing of others acts there."""

import re

from soundness.tree import Check, File, is_test, swift, without_comment

DOORS = {
    "Sources/SluiceCommands/Terminal/Console.swift",
    "Sources/CodeLocationHost/Commands/Output.swift",
    "Sources/ControlPlaneDaemon/Operations/JSONLogHandler.swift",
    "Sources/sluiced/SluiceDaemon.swift",
}
# Programs that only test.
HARNESSES = ("Sources/sluice-crash", "Sources/sluice-simulate", "Sources/Simulator")
WRITES = re.compile(
    r"FileHandle\.standard(?:Output|Error)\b|(?<![.\w])(?<!func )(?:print|debugPrint|dump|fputs|fprintf|puts|vprintf)\("
    r"|StreamLogHandler\.standard\w+|\bStandardErrorOutputStream\b"
)


def find(files):
    for file in swift(files):
        if is_test(file) or not file.is_below("Sources") or file.is_below(*HARNESSES) or file.path in DOORS:
            continue
        for number, line in enumerate(file.code_lines, 1):
            match = WRITES.search(without_comment(line))
            if match:
                yield file.path, number, f"'{match[0]}' writes raw text: use Console, Output or EntryStream, which take a Shown"


def case(path, text):
    return [File(path, text)]


CHECKS = [
    Check(
        "text reaches terminals and logs as Shown",
        find,
        rejects=[
            case("Sources/SluiceCommands/X.swift", 'print("\\(name)")'),
            case("Sources/sluiced/X.swift", "FileHandle.standardError.write(data)"),
            case("Sources/CodeLocationHost/X.swift", "LoggingSystem.bootstrap(StreamLogHandler.standardError)"),
            case("Sources/AssetKit/X.swift", "fputs(text, stderr)"),
        ],
        accepts=[
            case("Sources/SluiceCommands/X.swift", "try connection.print(report)\nfunc print(_ text: Shown) {}\n// print(x)"),
            case("Sources/SluiceCommands/Terminal/Console.swift", "FileHandle.standardOutput"),
            case("Tests/AssetKitTests/X.swift", "print(1)"),
            case("Sources/sluice-crash/X.swift", "print(1)"),
        ],
    )
]
