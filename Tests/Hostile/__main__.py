# SPDX-License-Identifier: Apache-2.0
"""Attacks a real daemon from a hostile location, beside an honest one, and holds it to its bounds.

    python Tests/Hostile --daemon sluiced --honest FixtureLocation [--quick] [--busy] [--only NAME,NAME] [--list]
"""

import argparse
import json
import os
import signal
import sys
import textwrap
import time
from dataclasses import dataclass

sys.dont_write_bytecode = True

import attacks  # noqa: E402
from expectations import BUSY, IDLE  # noqa: E402
from scene import Scene  # noqa: E402

# How large the quick half's attacks are, and for how long they are looked at, beside the whole ones.
QUICK_SCALE, QUICK_PACE = 0.5, 0.6


@dataclass(frozen=True)
class Programs:
    """The executables of a scene."""

    daemon: str
    honest: str
    command: str


def arguments():
    parser = argparse.ArgumentParser(prog="hostile", description=__doc__.split("\n")[0])
    parser.add_argument("--programs", default=".build/debug", help="the folder of sluiced, sluice and FixtureLocation")
    parser.add_argument("--quick", action="store_true", help="the quick half, as 'make test' runs it")
    parser.add_argument("--busy", action="store_true", help="bounds of time for a debug build on a machine that does other work")
    parser.add_argument("--only", default="", help="these attacks or kinds, separated by commas")
    parser.add_argument("--list", action="store_true", help="says which attacks there are, and runs none")
    parser.add_argument("--figures", help="a file that gets a line of JSON an attack")
    parser.add_argument("--keep", action="store_true", help="keeps the directory of each attack that succeeded")
    return parser.parse_args()


def chosen(options):
    wanted = set(filter(None, options.only.split(",")))
    for attack in attacks.every():
        if wanted and not wanted & {attack.__name__, attack.kind}:
            continue
        if options.quick and not attack.quick and not wanted:
            continue
        yield attack


def summary(result):
    """One line of figures."""
    figures = result.figures

    def show(name, unit="", scale=1, digits=0):
        return f"{figures[name] * scale:.{digits}f}{unit}" if name in figures else "-"

    return (
        f"honest {show('before_median', scale=1000)}/{show('before_longest', scale=1000)} -> "
        f"{show('during_median', scale=1000)}/{show('during_longest', ' ms', 1000)} of {figures.get('during_count', 0)}, "
        f"memory +{show('memory_mb')} MB, store +{show('store_mb', digits=1)} MB, log +{show('log_mb', digits=2)} MB, "
        f"restart {show('restart_seconds', ' s', digits=1)} {show('restart_memory_mb')} MB")


def main():
    # Whoever is stopped leaves nothing running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    found = list(chosen(options))
    if options.list or not found:
        for attack in found:
            print(f"{attack.kind:<10} {attack.__name__:<34} {textwrap.shorten(attack.__doc__ or '', 200)}")
        return 0 if found else 2
    folder = os.path.abspath(options.programs)
    programs = Programs(*(os.path.join(folder, name) for name in ("sluiced", "FixtureLocation", "sluice")))
    for program in (programs.daemon, programs.honest, programs.command):
        if not os.access(program, os.X_OK):
            sys.exit(f"hostile: {program} is not built")
    shared = {"scale": QUICK_SCALE, "pace": QUICK_PACE} if options.quick else {}
    failed, began = [], time.monotonic()
    for attack in found:
        result = Scene(attack(), programs, BUSY if options.busy else IDLE, shared, options.keep).run()
        print(f"{'FAIL' if result.faults else 'ok  '}  {result.name}: {summary(result)}", flush=True)
        for fault in result.faults:
            print(f"        {fault}", flush=True)
        for line in result.said[:2]:
            print(f"        said: {line[:160]}", flush=True)
        if result.faults:
            failed.append(result.name)
        if options.figures:
            with open(options.figures, "a") as file:
                file.write(json.dumps(vars(result)) + "\n")
    print(f"{len(found) - len(failed)} of {len(found)} attacks were withstood, in {time.monotonic() - began:.0f} s", flush=True)
    if failed:
        print(f"not withstood: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


sys.exit(main())
