# SPDX-License-Identifier: Apache-2.0
"""What the daemon is built with is pinned, and what a team's own package resolves is a range.

`scripts/pins` has a version for every package of the graph, which scripts/pin.sh sees to; here it is compared with Package.swift. A
dependency that is `exact:` there would be so for teams, too, and clash with their pins: it may only be used under the trait that
they leave out.
"""

import json
import re

from soundness.tree import MANIFEST, Check, File, described

PINS = "scripts/pins"
TRAIT = "ControlPlane"
LINE = re.compile(r"([a-z0-9.-]+) (\d+(?:\.\d+){2})")


def numbers(version):
    return tuple(int(part) for part in version.split("."))


def pins(page):
    """{package: version}, and (line, problem) of every line that says no such thing."""
    found, problems, last = {}, [], ""
    for number, line in enumerate(page.text.rstrip("\n").split("\n"), 1):
        match = LINE.fullmatch(line)
        if line.startswith("#"):
            continue
        if not match:
            problems.append((number, f"'{line}' is no package and its version"))
        elif match[1] <= last:
            problems.append((number, f"{match[1]} stands below {last}: each package once, sorted"))
        if match:
            found[match[1]], last = match[2], match[1]
    return found, problems


def always_used(dump):
    """The packages of which some product is used without the control plane's trait."""
    found = set()
    for target in dump["targets"]:
        for name, package, _, condition in (value["product"] for value in target["dependencies"] if "product" in value):
            if TRAIT not in (condition or {}).get("traits", []):
                found.add(package.lower())
    return found


def find(files):
    page = next((file for file in files if file.path == PINS), None)
    if page is None:
        yield PINS, 1, "there is no such file"
        return
    pinned, problems = pins(page)
    for number, problem in problems:
        yield PINS, number, problem
    dump = described(files)
    used = always_used(dump)
    for dependency in (one for value in dump["dependencies"] for one in value.get("sourceControl", [])):
        name, wanted = dependency["identity"], dependency["requirement"]
        if name not in pinned:
            yield PINS, 1, f"{name}, on which Package.swift depends, is not there: run scripts/pin.sh --write"
        elif "exact" in wanted:
            if wanted["exact"] != [pinned[name]]:
                yield PINS, 1, f"{name} is {pinned[name]} here, and {wanted['exact'][0]} in Package.swift"
            if name in used:
                yield "Package.swift", 1, f"{name} is exact, and used without the trait {TRAIT}: a team's pins cannot be met; write a range"
        elif "range" in wanted:
            bounds = wanted["range"][0]
            if not numbers(bounds["lowerBound"]) <= numbers(pinned[name]) < numbers(bounds["upperBound"]):
                yield PINS, 1, f"{name} is {pinned[name]} here, which is not in the range of Package.swift"
        else:
            yield "Package.swift", 1, f"{name} is neither a range nor exact"


def case(text, requirement, traits=None):
    dump = {
        "dependencies": [{"sourceControl": [{"identity": "p", "requirement": requirement}]}],
        "targets": [{"dependencies": [{"product": ["P", "P", None, {"traits": traits} if traits else None]}]}],
    }
    return [File(PINS, text), File(MANIFEST, json.dumps(dump))]


RANGE = {"range": [{"lowerBound": "1.2.0", "upperBound": "2.0.0"}]}

CHECKS = [
    Check(
        "what we build with is pinned",
        find,
        rejects=[
            case("# none\n", RANGE),
            case("p 1.1.9\n", RANGE),
            case("p 2.0.0\n", RANGE),
            case("p 1.10.0\np 1.10.0\n", RANGE),
            case("q 1.0.0\np 1.10.0\n", RANGE),
            case("p one\n", RANGE),
            case("p 1.2.0\n", {"exact": ["1.2.1"]}, [TRAIT]),
            case("p 1.2.0\n", {"exact": ["1.2.0"]}),
            case("p 1.2.0\n", {"exact": ["1.2.0"]}, ["Other"]),
            case("p 1.2.0\n", {"branch": ["main"]}, [TRAIT]),
            [File("Package.swift", "")],
        ],
        accepts=[
            case("# Some.\np 1.10.0\nq 0.1.0\n", RANGE),
            case("p 1.2.0\n", RANGE, [TRAIT]),
            case("p 1.2.0\n", {"exact": ["1.2.0"]}, [TRAIT]),
        ],
    ),
]
