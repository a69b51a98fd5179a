# SPDX-License-Identifier: Apache-2.0
"""Numbers that a peer, a user or a file supplies: no arithmetic or conversion that traps on them, and no unchecked index.

A number counts as supplied where it has the name of a numeric field of a .proto file. It knows names and no types, and leaves
alone what is about as often right as wrong (a sum of counts, `Int` of a signed field, `UInt64`): those the fuzzers look for. It is
there so that the short way of writing such a sum stands out, and not as a proof.
"""

import re

from soundness.tree import Check, File, swift, without_comment

# Where bytes become values, and the sums right behind.
FOLDERS = (
    "Sources/LocationWire/Mapping", "Sources/LocationWire/Describe", "Sources/JournalCodec", "Sources/PostgresStore/Reading",
    "Sources/SQLiteStore/Reading", "Sources/SQLiteStore/Backup", "Sources/ControlPlaneDaemon/HTTP", "Sources/AssetKit/Storage",
    "Sources/Orchestrator/Engine/Projections/Projector.swift", "Sources/Orchestrator/Engine/Projections/PlannedSteps.swift",
)
FIELD = re.compile(r"^\s*(?:optional\s+|repeated\s+)?(u?int32|u?int64|s?fixed32|s?fixed64)\s+(\w+)\s*=", re.MULTILINE)
# Words that mostly mean something of our own: how many elements there are, a buffer, a bound.
COMMON = {"count", "bytes", "size", "limit", "position"}
# `x.dropped + y`, `y - dropped`, `count << x.size`; `&+` and its like say what becomes of an overflow.
SUM = r"(?<![&+\-*<>=])(?:\+=|-=|\+|-|\*|<<)(?![>&=])"
NARROW = re.compile(r"(?<![\w.])(U?Int(?:8|16|32))\((?!clamping:|exactly:|truncatingIfNeeded:|bitPattern:|littleEndian|ascii:|\d|\))")
# A count of what is in memory fits into everything as wide as an Int.
SAFE_ARGUMENT = re.compile(r"^(?:\w+(?:\(\))?\.)*(?:count|bitWidth)\b|^[^()]*radix:")
FORCED = re.compile(r"[\w)\]]!(?![=\w(])|[\w)\]]!\.")
INDEXED = re.compile(r"\w\[U?Int\(")
SAYS_WHY = re.compile(r"//.*\b(overflow|trap|bound|at most|within|fits|fit|smaller|fewer|below)", re.IGNORECASE)


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def fields(files):
    """The numeric fields of every .proto file by name; and, by the folder of their file, those that need not fit into an Int."""
    numbers, unsigned = set(), {}
    for file in files:
        if not file.path.endswith(".proto"):
            continue
        wide = unsigned.setdefault("LocationWire" if "/location/" in file.path else "JournalCodec", set())
        for kind, name in FIELD.findall(file.text):
            if name not in COMMON:
                numbers.add(camel(name))
            if kind in ("uint64", "fixed64"):
                wide.add(camel(name))
    return numbers, unsigned


def is_explained(file, number):
    """Whether a comment on the line, or right above it, says why it cannot happen; a guard may, too."""
    above = file.lines[number - 2].strip() if number > 1 else ""
    if above.startswith("guard ") and "count" in above:
        return True
    return bool(SAYS_WHY.search(file.lines[number - 1])) or (above.startswith("//") and bool(SAYS_WHY.search(above)))


def without_strings(line):
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', line)


def find(files):
    numbers, unsigned = fields(files)
    if not numbers:
        return
    named = "|".join(sorted(numbers))
    sums = re.compile(rf"\b(?:{named})\s+{SUM}\s|\s{SUM}\s+(?:\w+\.)*(?:{named})\b(?!\s*[.(])")
    for file in swift(files):
        if not file.path.startswith(FOLDERS):
            continue
        names = "|".join(sorted(unsigned.get(file.path.split("/")[1], ()))) or "-"
        wide = re.compile(rf"(?<![\w.])Int\((?:\w+\.)*({names})\)")
        for line_number, line in enumerate(file.code_lines, 1):
            code = without_strings(without_comment(line))
            problem = problem_in(code, sums, wide)
            if problem and not is_explained(file, line_number):
                yield file.path, line_number, (
                    f"{problem}: use a checked or saturating form (addingReportingOverflow, clamping:, exactly:), or say in a comment "
                    "why it cannot overflow or trap"
                )


def problem_in(code, sums, wide):
    if match := sums.search(code):
        return f"'{match[0].strip()}' is a sum of a number that somebody else supplies"
    if match := wide.search(code):
        return f"'{match[0]}' traps on what does not fit"
    if (match := NARROW.search(code)) and not SAFE_ARGUMENT.match(code[match.end():]):
        return f"'{match[0]}…)' traps on what does not fit"
    if match := INDEXED.search(code):
        return "an index that was converted"
    if match := FORCED.search(code):
        return f"'{match[0]}' traps on nil"
    return None


PROTO = File("Protos/sluice/location/v1/x.proto", "message X {\n  uint64 dropped = 1;\n  optional int64 at_us = 2;\n  uint32 slots = 3;\n}\n")


def source(text, path="Sources/LocationWire/Mapping/X.swift"):
    return [PROTO, File(path, text)]


CHECKS = [
    Check(
        "numbers of others are converted and summed with care",
        find,
        rejects=[
            source("let missing = dropped + lines.count - kept.count"),
            source("let end = base + wire.atUs", "Sources/JournalCodec/Events/X.swift"),
            source("total += report.dropped"),
            source("self.init(lines: Int(wire.dropped))"),
            source("$0.slots = UInt32(policy.slots)"),
            source("let text = texts[Int(index)]"),
            source("let first = bytes.first!"),
            source("let bits = slots << 4", "Sources/Orchestrator/Engine/Projections/Projector.swift"),
            source("// The sum of what came.\nlet missing = dropped + 1"),
        ],
        accepts=[
            source("let missing = dropped &+ lines.count"),
            source("let (sum, over) = dropped.addingReportingOverflow(1)"),
            source("self.init(lines: Int(clamping: wire.dropped), slots: Int(wire.slots))"),
            source("// Cannot overflow: both are at most 1,000.\nlet missing = dropped + lines.count"),
            source("guard index < texts.count else { throw X() }\nlet n = UInt64(bytes.count)"),
            source("let missing = dropped + lines.count", "Sources/SluiceCommands/X.swift"),
            source('let text = "dropped + \\(slots)"'),
            source("if x != nil, !isEmpty { }"),
        ],
    ),
]
