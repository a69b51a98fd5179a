# SPDX-License-Identifier: Apache-2.0
"""Runs the checks that read files: first each on inputs that it must reject and accept, then on the project.

--self-test does only the first; --swift instead lists the hand-written Swift files, each ended by a NUL.
"""

import sys

from soundness import constructs, docs, house, imports, limits, numbers, pins, purity, terminals
from soundness.tree import project_files, swift

CHECKS = (
    house.CHECKS + imports.CHECKS + purity.CHECKS + constructs.CHECKS + numbers.CHECKS + docs.CHECKS + limits.CHECKS
    + pins.CHECKS + terminals.CHECKS
)


def self_test():
    """The checks that fail on what they must reject, or find fault with what they must accept."""
    broken = []
    for check in CHECKS:
        if not check.rejects or not check.accepts:
            broken.append(f"{check.name}: has no input to reject, or none to accept")
        broken += [f"{check.name}: does not reject {files}" for files in check.rejects if not list(check.find(files))]
        broken += [f"{check.name}: rejects {files}" for files in check.accepts if list(check.find(files))]
    return broken


def main():
    if "--swift" in sys.argv[1:]:
        print("".join(file.path + "\0" for file in swift(project_files())), end="")
        return 0
    broken = self_test()
    for line in broken:
        print(f"broken check: {line}")
    if broken:
        return 2
    print(f"ok    {len(CHECKS)} checks reject what they must reject")
    if "--self-test" in sys.argv[1:]:
        return 0
    files = project_files()
    failed = 0
    for check in CHECKS:
        problems = list(check.find(files))
        failed += bool(problems)
        print(f"{'FAIL' if problems else 'ok'}  {'' if problems else '  '}{check.name}")
        for path, line, problem in problems:
            print(f"      {path}:{line}: {problem}")
    return 1 if failed else 0


sys.exit(main())
