# SPDX-License-Identifier: Apache-2.0
"""The command line of scripts/benchmark.sh."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmark import baselines, curves, limits, machine, publish, table
from benchmark.processes import Failure
from benchmark.session import Session
from benchmark.stores import STORES
from benchmark.works import BY_ID, WORKS

PRODUCTS = ("sluiced", "benchmark-location", "sluice-benchmark")
SCRATCH = Path(".build-release")
RESULTS = Path(".build-benchmark")
PARTS = ("limits", "curves")


def parsed():
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark.sh",
        description="Measures Sluice and, with --dagster, Dagster on this machine; see Benchmarks/README.md.",
        epilog=f"Works: {', '.join(BY_ID)}; and {', '.join(PARTS)}.",
    )
    parser.add_argument("--store", choices=STORES, default="sqlite", help="where the journal is; postgres: on a throw-away cluster")
    parser.add_argument("--dagster", action="store_true", help="measure the same in Dagster, which is installed from PyPI")
    parser.add_argument("--dagster-from", metavar="FILE", help="take Dagster's figures from an earlier result")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and shorter curves")
    parser.add_argument("--smoke", action="store_true", help="only see that everything works, with the debug build; no figures")
    parser.add_argument("--full", action="store_true", help="ask Dagster for as many assets as Sluice; takes longer")
    parser.add_argument("--only", metavar="LIST", help="some works, by comma")
    parser.add_argument("--no-build", action="store_true", help="take the release binaries as they are")
    parser.add_argument("--binaries", type=Path, help="measure other binaries than the release build's")
    parser.add_argument("--output", type=Path, help="where the figures go, as JSON")
    parser.add_argument("--results", metavar="FILE", help="measure nothing: take the figures of a file")
    parser.add_argument("--compare", metavar="BASELINE", help="print what got slower than a kept baseline or a file")
    parser.add_argument("--keep", metavar="NAME", help="keep the figures as a baseline in Benchmarks/Baselines")
    parser.add_argument("--publish", action="store_true", help="write the tables into Benchmarks/README.md")
    parser.add_argument("--silent", action="store_true", help="do not say what is being measured")
    options = parser.parse_args()
    options.only = options.only.split(",") if options.only else [*BY_ID, *PARTS]
    if unknown := set(options.only) - set(BY_ID) - set(PARTS):
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    if options.quick and options.full:
        parser.error("--quick and --full do not go together")
    if options.smoke:
        options.quick = options.silent = True
        options.binaries = options.binaries or Path(".build/debug")
    return options


def build(options):
    if options.binaries:
        options.binaries = options.binaries.resolve()
        return
    options.binaries = (SCRATCH / "release").resolve()
    if options.no_build:
        return
    # What the build says is no figure.
    if subprocess.run(["scripts/release.sh", *PRODUCTS], stdout=sys.stderr).returncode != 0:
        raise Failure("the release build failed")


def dagster_interpreter(options):
    if not options.dagster:
        return None
    done = subprocess.run(["Benchmarks/Dagster/environment.sh"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failure("Dagster cannot be installed")
    return done.stdout.strip()


def measure(options):
    build(options)
    python = dagster_interpreter(options)
    about = machine.describe()
    if python:
        about["dagster"] = f"Dagster {machine.output(python, '-c', 'import dagster; print(dagster.__version__)')}"
    with STORES[options.store]() as store:
        about["postgres"] = store.version
        session = Session(options, store, python)
        document = {"machine": about, "store": options.store, "quick": options.quick}
        document["works"] = [session.work(work) for work in WORKS if work.id in options.only]
        if "limits" in options.only:
            document["limits"] = limits.measure(session)
        if "curves" in options.only:
            document["curves"] = curves.measure(session)
    document["failures"] = session.failures
    if options.dagster_from:
        adopt_dagster(document, baselines.read(options.dagster_from))
    if options.smoke:
        return document
    path = options.output or RESULTS / f"{options.store}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    print(f"The figures are in {path}.", file=sys.stderr)
    return document


def adopt_dagster(document, earlier):
    theirs = {result["id"]: result for result in earlier["works"]}
    for result in document["works"]:
        kept = {name: value for name, value in theirs.get(result["id"], {}).items() if name.startswith("dagster")}
        result.update({**kept, **result})
    if "dagster" not in document["machine"] and "dagster" in earlier["machine"]:
        theirs = earlier["machine"]["dagster"]
        # Of figures that were taken from others before, the day is said already.
        document["machine"]["dagster"] = theirs if ", measured " in theirs else f"{theirs}, measured {earlier['machine']['date']}"


def main():
    options = parsed()
    try:
        document = baselines.read(options.results) if options.results else measure(options)
        # What debug builds and single rounds take says nothing.
        print("benchmark: all ran" if options.smoke and not document["failures"] else table.document(document))
        if options.compare:
            print("\n" + baselines.compare(document, baselines.read(options.compare)))
        if options.keep:
            print(f"Kept: {baselines.keep(document, options.keep)}", file=sys.stderr)
        if options.publish:
            publish.publish(document)
    except (Failure, OSError) as error:
        sys.exit(f"benchmark: {error}")
    except KeyboardInterrupt:
        sys.exit("benchmark: interrupted; nothing is kept")
    if document.get("failures"):
        sys.exit("benchmark: failed: " + "; ".join(document["failures"]))


if __name__ == "__main__":
    main()
