# SPDX-License-Identifier: Apache-2.0
"""Public symbols have docstrings, and documents point to files that exist.

A public type, function or throwing initializer needs a docstring. A stored property or a plain memberwise initializer may
speak for itself; and what fulfils a protocol, the standard library's or one of ours, is described there.
"""

import re

from soundness.tree import Check, File, is_test, swift

DECLARATION = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?:(?:static|final|indirect|mutating|nonisolated|convenience|override)\s+)*"
    r"(struct|class|enum|actor|protocol|func|init|typealias|subscript|macro)\b\s*([^\s\w({:]+|\w*)"
)
PROTOCOL = re.compile(r"^(\s*)(?:public\s+|package\s+)?protocol\b")
REQUIREMENT = re.compile(r"^\s*(?:(?:static|mutating|nonisolated)\s+)*func\s+(\w+)")
WITNESSES = {
    "encode", "hash", "next", "makeIterator", "makeAsyncIterator", "callAsFunction", "==", "<", "<=", ">", ">=", "Element",
    "Failure", "Iterator", "AsyncIterator", "Body", "ID", "Index", "run", "validate",
}


def requirements(files):
    """The names of the functions that our own protocols ask for."""
    names = set()
    for file in files:
        closing = None
        for line in file.lines:
            match = PROTOCOL.match(line)
            if match and "{" in line and "}" not in line:
                closing = match[1] + "}"
            elif closing is not None and line.startswith(closing):
                closing = None
            elif closing is not None and (match := REQUIREMENT.match(line)):
                names.add(match[1])
    return names


def needs_docs(file, number, kind, name, witnesses):
    if kind != "init":
        return name not in witnesses and not name.startswith("build")
    # The signature may run over several lines; a parsing or throwing initializer has something to say.
    signature = " ".join(file.lines[number - 1 : number + 5]).split("{")[0]
    return "throws" in signature and "from decoder" not in signature


def is_documented(file, number):
    above = number - 2
    while above >= 0 and file.lines[above].strip().startswith("@"):
        above -= 1
    return above >= 0 and file.lines[above].strip().startswith("///")


def find_undocumented(files):
    sources = [file for file in swift(files) if file.is_below("Sources") and not is_test(file)]
    witnesses = WITNESSES | requirements(sources)
    for file in sources:
        for number, line in enumerate(file.lines, 1):
            match = DECLARATION.match(line)
            if match and needs_docs(file, number, match[1], match[2], witnesses) and not is_documented(file, number):
                yield file.path, number, f"public {match[1]} {match[2]} has no docstring"


LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|(?:src|srcset)=\"([^\"]+)\"")


def find_dead_links(files):
    import posixpath
    from pathlib import Path

    known = {file.path for file in files}
    for file in files:
        if not file.path.endswith(".md"):
            continue
        for number, line in enumerate(file.lines, 1):
            for match in LINK.finditer(line):
                target = match[1] or match[2]
                if re.match(r"[a-z]+:", target):
                    continue
                path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), target))
                if path not in known and not Path(path).exists():
                    yield file.path, number, f"links to {target}, which does not exist"


def source(text):
    return [File("Sources/AssetKit/X.swift", text)]


CHECKS = [
    Check(
        "public symbols have docstrings",
        find_undocumented,
        rejects=[
            source("public struct Asset {}"),
            source("/// About nothing.\n\npublic enum Asset {}"),
            source("// Not a docstring.\n@available(*, deprecated)\npublic func materialize() {}"),
            source("  public init(_ text: String) throws(ModelError) {"),
            source("  public static func parse<T>(_ text: T) {}"),
            source("public protocol Loader {}"),
            source("protocol Loader {\n  func load()\n}\npublic func open() {}"),
        ],
        accepts=[
            source("/// An asset.\n@frozen\npublic struct Asset {\n  public let key: String\n  public init(key: String) {"),
            source("public func encode(to encoder: any Encoder) throws {}"),
            source("public init(from decoder: any Decoder) throws {"),
            source("package struct Hidden {}"),
            source("protocol Loader {\n  func load()\n}\nextension A: Loader {\n  public func load() {}"),
            source("  public static func < (left: Key, right: Key) -> Bool {"),
        ],
    ),
    Check(
        "documents link to what exists",
        find_dead_links,
        rejects=[
            [File("docs/a.md", "See [b](b.md).")],
            [File("README.md", '<img src="docs/images/none.svg">')],
        ],
        accepts=[
            [File("docs/a.md", "See [b](guides/b.md#part) and [c](https://example.com)."), File("docs/guides/b.md", "")],
        ],
    ),
]
