# SPDX-License-Identifier: Apache-2.0
"""The core reads no clock, no random source, no file, no network, no environment, and waits for nothing."""

import re

from soundness.tree import Check, File, swift, without_comment

PURE = ["Sources/AssetModel"] + [f"Sources/Orchestrator/{name}" for name in ("Graph", "Gate", "Automation", "Runs", "Control")]
IMPURE = {
    r"\bDate\(\)|\bDate\.now\b|\bContinuousClock\b|\bSuspendingClock\b|\b[cC]lock(?:\(\))?\.now\b|\bInstant\.now\b|\bclock_gettime\b|\bgettimeofday\b": "a clock",
    r"\.random\(|\brandomElement\b|\.shuffled?\(\)|\bSystemRandomNumberGenerator\b|\bUUID\(\)|\barc4random": "a random source",
    r"\bFileManager\b|\bFileHandle\b|\bfopen\(|(?:Data|String)\(contentsOf(?:File)?:|\bInputStream\b|\bOutputStream\b": "a file",
    r"\bURLSession\b|\bsocket\(|\bgethostbyname\b": "the network",
    r"\bProcessInfo\b|\bgetenv\(": "the environment",
    r"\bTask\s*(?:\.\s*(?:detached|sleep)|\{)|\bawait\b|\bMutex\b|\bDispatchQueue\b": "concurrency",
    r"\.hashValue\b": "a hash value, which differs from process to process",
}


def find(files):
    for file in swift(files):
        if not file.is_below(*PURE):
            continue
        for number, line in enumerate(file.lines, 1):
            code = without_comment(line)
            for pattern, what in IMPURE.items():
                if re.search(pattern, code):
                    yield file.path, number, f"reads {what}, in a part of the core that is pure"


def core(text):
    return [File("Sources/Orchestrator/Gate/X.swift", text)]


CHECKS = [
    Check(
        "the core is pure",
        find,
        rejects=[
            core("let now = Date()"),
            core("let now = clock.now"),
            core("Int.random(in: 0..<3)"),
            core("x.shuffled()"),
            core("let id = UUID()"),
            core("FileManager.default"),
            core("try Data(contentsOf: url)"),
            core("URLSession.shared"),
            core('ProcessInfo.processInfo.environment["X"]'),
            core("Task { }"),
            core("await x"),
            core("key.hashValue"),
            [File("Sources/AssetModel/Time/X.swift", "Date()")],
        ],
        accepts=[
            core("func decide(now: Timestamp) // Date() is the shell's"),
            core("state.decide(now: now, at: command.now)"),
            core("events.append(contentsOf: more)"),
            [File("Sources/Orchestrator/Engine/X.swift", "await journal.append(events)")],
        ],
    )
]
