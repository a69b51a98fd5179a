# SPDX-License-Identifier: Apache-2.0
"""The works of `sluice-benchmark`, in Dagster: a code server, a webserver and durable storage, over gRPC and GraphQL.

Run it with the interpreter that environment.sh prints:

    $(Benchmarks/Dagster/environment.sh) Benchmarks/Dagster/benchmark.py latency --assets 10

Where a choice is open it is the faster one for Dagster: runs execute their steps in one process and are launched without the queue,
their end is taken from their record rather than from a poll, and assets hand nothing on.
"""

import argparse
import time

import storage
from plant import Plant
from report import Report


def rounds_of(work, units, body):
    """A work whose rounds are timed, after one that is not."""

    def run(options):
        with Plant(options) as plant:
            report = Report(work, options, units(options))
            body(plant, options)
            report.measure(plant, options.rounds, lambda: body(plant, options))
            report.print()

    return run


def one_asset(plant, options):
    return plant.run([["a0"]], options.executor)


def every_asset(plant, options):
    return plant.run([None], options.executor)


def launches(options):
    with Plant(options, queued=True) as plant:
        names = [[f"a{index}"] for index in range(options.assets)]
        plant.run(names[:1], options.executor)
        report = Report("launches", options, len(names))
        report.measure(plant, options.rounds, lambda: plant.run(names, options.executor))
        report.print()


def load(options):
    with Plant(options) as plant:
        report = Report("load", options, options.assets)
        for _ in range(options.rounds):
            report.seconds.append(plant.restart_code())
        for name, child in plant.children.items():
            report.figures[f"{name}_resident_mb"] = child.resident_megabytes()
        report.print()


def idle(options):
    with Plant(options, daemon=True) as plant:
        # The first minutes on a new store are busy with events about thousands of assets.
        time.sleep(options.settle)
        before, start = plant.processor_seconds(), time.monotonic()
        time.sleep(options.seconds)
        used, minutes = plant.processor_seconds(), (time.monotonic() - start) / 60
        report = Report("idle", options, options.assets)
        for name, child in plant.children.items():
            report.figures[f"{name}_processor_seconds_a_minute"] = (used[name] - before[name]) / minutes
            report.figures[f"{name}_resident_mb"] = child.resident_megabytes()
        report.print()


def stored(options):
    with Plant(options) as plant:
        plant.run([None], options.executor)
        before = storage.use(plant)
        for _ in range(options.rounds):
            plant.run([None], options.executor)
        whole, encoded, rows = (after - earlier for after, earlier in zip(storage.use(plant), before))
        count = options.assets * options.rounds
        report = Report("storage", options, count)
        report.figures.update(stored_bytes=whole / count, encoded_bytes=encoded / count, rows=rows / count)
        report.print()


def embedded(options):
    """`materialize` in this process, with an instance that keeps nothing."""
    import os

    os.environ |= {"BENCHMARK_ASSETS": str(options.assets), "BENCHMARK_SHAPE": "plain"}
    import dagster as dg
    import definitions

    options.shape = "plain"
    report = Report("embedded", options, options.assets)
    report.line["store"] = "memory"
    # Else it writes its log to the terminal, which takes longer than the steps.
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        for round in range(options.rounds + 1):
            start = time.monotonic()
            if not dg.materialize(definitions.assets, instance=instance, run_config=quiet).success:
                raise RuntimeError("the run did not succeed")
            if round > 0:
                report.seconds.append(time.monotonic() - start)
    report.print()


WORKS = {
    "latency": rounds_of("latency", lambda options: 1, one_asset),
    "steps": rounds_of("steps", lambda options: options.assets, every_asset),
    "launches": launches,
    "load": load,
    "idle": idle,
    "storage": stored,
    "embedded": embedded,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=WORKS)
    parser.add_argument("--store", default="sqlite", help="sqlite, or an empty PostgreSQL database as a URL")
    parser.add_argument("--assets", type=int, default=100)
    parser.add_argument("--shape", choices=("plain", "chain", "wide", "checked"), default="plain")
    parser.add_argument("--width", type=int, default=50, help="chains side by side in the shape 'wide'")
    parser.add_argument("--checks", type=int, default=3, help="blocking checks of each asset in the shape 'checked'")
    parser.add_argument("--executor", choices=("in_process", "default"), default="in_process", help="how a run executes its steps")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that are measured; works that run steps begin with one that is not")
    parser.add_argument("--seconds", type=int, default=60, help="how long 'idle' watches")
    parser.add_argument("--settle", type=int, default=60, help="how long 'idle' waits before it watches")
    parser.add_argument("--port", type=int, default=5_490, help="the webserver's port; the code server takes the next")
    options = parser.parse_args()
    WORKS[options.work](options)


if __name__ == "__main__":
    main()
