# SPDX-License-Identifier: Apache-2.0
"""Constructs that need a reason, or that have no place here at all."""

import re

from soundness.tree import Check, File, is_test, swift, without_comment

NEEDS_REASON = re.compile(
    r"\btry!|\bas!|\bfatalError\(|\bpreconditionFailure\(\)|@unchecked\s+Sendable|nonisolated\(unsafe\)|\bunsafeBitCast\b"
    r"|\bassumeIsolated\b"
)
SLEEP = re.compile(r"\bTask(?:<[^>]*>)?\.sleep\(|\busleep\(|\bnanosleep\(|(?<![.\w])(?<!func )sleep\(|Thread\.sleep")
# So long that only a cancellation or a deadline can end it: a test of hanging, not of waiting.
HANG = re.compile(r"sleep\(for: \.seconds\((\d[\d_]{2,})\)\)")
FORBIDDEN = re.compile(r"@testable\b|\bTO" + r"DO\b|\bFIX" + r"ME\b|\bXX" + r"X\b")


def is_explained(file, number, construct):
    """Whether a comment stands on the line or right above it, or one of the file's comments names the construct."""
    line = file.lines[number - 1]
    above = file.lines[number - 2].strip() if number > 1 else ""
    if "//" in line.replace("://", "") or above.startswith("//"):
        return True
    return any(other.strip().startswith("//") and construct in other for other in file.lines)


def find_unexplained(files):
    for file in swift(files):
        for number, line in enumerate(file.code_lines, 1):
            match = NEEDS_REASON.search(without_comment(line))
            if match and not is_explained(file, number, match[0]):
                yield file.path, number, f"'{match[0]}' without a comment that says why it is sound"


def find_forbidden(files):
    for file in swift(files):
        for number, line in enumerate(file.lines, 1):
            match = FORBIDDEN.search(line)
            if match:
                yield file.path, number, f"'{match[0]}' has no place here"


def find_sleeps(files):
    for file in swift(files):
        if not is_test(file):
            continue
        for number, line in enumerate(file.lines, 1):
            if not SLEEP.search(without_comment(line)):
                continue
            said = line + "\n" + file.lines[number - 2] if number > 1 else line
            hang = HANG.search(line)
            if (hang and int(hang[1].replace("_", "")) >= 600) or re.search(r"//.*\b(cancel|polls)", said):
                continue
            yield file.path, number, (
                "a sleep in a test: wait for something that can be observed; a loop that asks again and again says '// polls'"
            )


def find_long(files):
    for file in swift(files):
        if len(file.lines) > 401 and file.path != "Package.swift":
            yield file.path, 401, "longer than 400 lines: look for the second concept"


def source(text):
    return [File("Sources/Orchestrator/Engine/X.swift", text)]


def test(text):
    return [File("Tests/OrchestratorTests/X.swift", text)]


CHECKS = [
    Check(
        "unsafe constructs have reasons",
        find_unexplained,
        rejects=[
            source("let x = try! f()"),
            source("final class Box: @unchecked Sendable {}"),
            source("nonisolated(unsafe) var x = 1"),
            source('fatalError("no")'),
            source("let y = x as! Y"),
            source('open("https://example.com", try! f())'),
        ],
        accepts=[
            source("// The literal is well formed.\nlet x = try! f()"),
            source("let x = try! f()  // a literal"),
            source("// try! is not for us"),
            source("/// Each try! parses a literal that is well formed.\nenum Samples {\n  let x = try! f()"),
        ],
    ),
    Check(
        "no forbidden constructs",
        find_forbidden,
        rejects=[source("@testable import AssetModel"), source("// TO" + "DO: later"), source("// FIX" + "ME")],
        accepts=[source("let todo = 1")],
    ),
    Check(
        "no sleeps in tests",
        find_sleeps,
        rejects=[
            test("try await Task.sleep(for: .seconds(1))"),
            test("usleep(10)"),
            test("Thread.sleep(forTimeInterval: 1)"),
            [File("CodeLocations/Weather/Tests/X.swift", "try await Task.sleep(for: .seconds(1))")],
        ],
        accepts=[
            test("try await Task.sleep(for: .seconds(3_600))"),
            test("// polls\nwhile !isThere { try await Task.sleep(for: .milliseconds(20)) }"),
            source("try await Task.sleep(for: .seconds(1))"),
            test("try await clock.sleep(for: .seconds(1))"),
        ],
    ),
    Check("files stay short", find_long, rejects=[source("\n" * 401)], accepts=[source("\n" * 399)]),
]
