# SPDX-License-Identifier: Apache-2.0
"""docs/limits.md names every bound of the code, with the value that the code has, and none that is not there.

A bound is a constant of a type whose name ends in Limits, Policy, Patience, Budget, Share or Quotas: `static let` or `static var`
anywhere, and in a struct of the first three `var` with a value. The page has a heading for each type, `### `HostLimits``, and below it a line for each constant that begins with
the constant's name and value as the source has them: | `slots` | `1_024` | … |. Other types may be on the page, too: then what it
says of them is checked, and not that it says everything.
"""

import re

from soundness.tree import Check, File, swift, without_comment

PAGE = "docs/limits.md"
# Programs that only test, and have bounds of their own.
HARNESSES = ("Sources/sluice-crash", "Sources/sluice-simulate", "Sources/Simulator")
TYPE = re.compile(r"^\s*(?:(?:public|package|private|fileprivate|final)\s+)*(enum|struct|class|actor|extension)\s+([A-Z]\w*)")
BOUNDS = re.compile(r"(Limits|Policy|Patience|Budget|Share|Quotas)$")
# Their values may be set; those of the others are what is used.
SETTINGS = re.compile(r"(Limits|Policy|Patience)$")
CONSTANT = re.compile(r"^\s*(?:(?:public|package|private|fileprivate|static)\s+)*(?:let|var)\s+(\w+)(?::\s*[^={]+)?\s*=\s*(.*?)\s*$")
HEADING = re.compile(r"^#+ `(\w+)`")
ROW = re.compile(r"^\| `(\w+)` \| `([^`]*)` \|")


def constants(files):
    """{type: {constant: (value, path, line)}} of every type of the sources."""
    found = {}
    for file in swift(files):
        if not file.is_below("Sources") or file.is_below(*HARNESSES):
            continue
        # The types that are open around a line, each with its kind and the depth of what is right inside it.
        open_types = []
        depth = 0
        lines = [without_comment(line) for line in file.code_lines]
        for number, line in enumerate(lines, 1):
            match = TYPE.match(line)
            if match:
                open_types.append((match[2], match[1], depth + 1))
                found.setdefault(match[2], {})
            elif open_types and depth == open_types[-1][2] and (match := CONSTANT.match(line)):
                name, kind, _ = open_types[-1]
                value = match[2] or lines[number].strip()
                if "static" in line.split("=")[0] or (kind == "struct" and re.search(r"\bvar\b", line) and SETTINGS.search(name)):
                    found[name][match[1]] = (value, file.path, number)
            bare = re.sub(r'"(?:\\.|[^"\\])*"', "", line)
            depth += bare.count("{") - bare.count("}")
            while open_types and depth < open_types[-1][2]:
                open_types.pop()
    return found


def rows(page):
    """(type, constant, value, line) of every line of the page that names a bound, and (type, None, None, line) of every heading."""
    current = None
    for number, line in enumerate(page.lines, 1):
        if line.startswith("#"):
            match = HEADING.match(line)
            current = match[1] if match else None
            if match:
                yield current, None, None, number
        elif current and (match := ROW.match(line)):
            yield current, match[1], match[2], number


def find(files):
    code = constants(files)
    page = next((file for file in files if file.path == PAGE), File(PAGE, ""))
    said = set()
    for name, constant, value, number in rows(page):
        said.add((name, constant))
        if name not in code:
            yield PAGE, number, f"there is no type {name} under Sources"
        elif constant is not None and constant not in code[name]:
            yield PAGE, number, f"{name} has no constant '{constant}': take the line away"
        elif constant is not None and code[name][constant][0] != value:
            actual, path, line = code[name][constant]
            yield PAGE, number, f"{name}.{constant} is `{actual}` in {path}:{line}, not `{value}`"
    for name in sorted(code):
        for constant, (value, path, line) in code[name].items():
            if BOUNDS.search(name) and (name, constant) not in said:
                yield path, line, (
                    f"{PAGE} does not say {name}.{constant}: add below its heading ### `{name}` the line "
                    f"| `{constant}` | `{value}` | what it bounds | what one sees |"
                )


def case(text, page):
    return [File("Sources/A/X.swift", text), File(PAGE, page)]


ENUM = "package enum HostLimits {\n  /// Slots.\n  package static let slots = 1_024\n}\n"
STRUCT = "struct WaitPolicy {\n  var wait: Duration = .seconds(2)\n  var twice: Duration { wait * 2 }\n  let other = 1\n}\n"

CHECKS = [
    Check(
        "docs/limits.md says every bound as the code has it",
        find,
        rejects=[
            case(ENUM, "# Limits\n"),
            case(ENUM, "### `HostLimits`\n\n| `slots` | `1_023` | |\n"),
            case(ENUM, "### `HostLimits`\n\n| `slots` | `1_024` | |\n| `gone` | `1` | |\n"),
            case(ENUM, "### `OtherLimits`\n\n| `slots` | `1_024` | |\n"),
            case(ENUM, "### `HostLimits`\n\n| `slots` | `1_024` | |\n### `GoneLimits`\n"),
            case(STRUCT, "### `WaitPolicy`\n"),
            case("struct TalkBudget {\n  static let most = 2.0\n}\n", "# Limits\n"),
            case("enum ALimits {\n  static let a: Duration =\n    .seconds(1)\n}\n", "### `ALimits`\n\n| `a` | `.seconds(2)` | |\n"),
            case("struct Feed {\n  private static let page = 10\n}\n", "### `Feed`\n\n| `page` | `11` | |\n"),
            [File("Sources/A/X.swift", ENUM)],
        ],
        accepts=[
            case(ENUM, "## Hosts\n\n### `HostLimits`\n\n| `slots` | `1_024` | How many | an error |\n"),
            case(STRUCT, "### `WaitPolicy`\n\n| `wait` | `.seconds(2)` | |\n"),
            case("enum ALimits {\n  static let a: Duration =\n    .seconds(1)\n}\n", "### `ALimits`\n\n| `a` | `.seconds(1)` | |\n"),
            case("struct Feed {\n  private static let page = 10\n  static let other = 1\n}\n", "### `Feed`\n\n| `page` | `10` | |\n"),
            case("enum A {\n  static let slots = 1\n}\n", "# Limits\n\n| `--slots` | `1` | |\n"),
            case("struct LogQuotas {\n  private var days = [:]\n}\n", "# Limits\n"),
            case("struct BLimits {\n  func f() {\n    var x = 1\n  }\n}\n", "### `BLimits`\n"),
            [File("Sources/sluice-crash/X.swift", ENUM)],
        ],
    )
]
