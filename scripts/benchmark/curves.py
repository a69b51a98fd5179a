# SPDX-License-Identifier: Apache-2.0
"""The cost of a step against what must not matter to it: assets, locations and past runs."""

ASSETS = [100, 1_000, 10_000, 100_000]
LOCATIONS = [1, 4, 16, 64]
PAST_RUNS = [100, 1_000, 10_000, 100_000]


def measure(session):
    """Lists of (x, microseconds a step), by name."""
    quick = session.options.quick
    curves = {
        "assets": _curve(session, "assets", ASSETS[:2] if quick else ASSETS, _of_assets),
        "locations": _curve(session, "locations", LOCATIONS[:3] if quick else LOCATIONS, _of_locations),
    }
    past = session.attempt("curve of past runs", lambda: _of_past(session, PAST_RUNS[:2] if quick else PAST_RUNS)) or []
    curves["past runs"] = [point(line) for line in past if line["work"] == "history_steps"]
    curves["past runs, one asset"] = [point(line) for line in past if line["work"] == "history_latency"]
    return {name: points for name, points in curves.items() if points}


def point(line):
    return [int(line["figures"]["past_runs"]), line["median_seconds"] / line["units"] * 1e6]


def _curve(session, name, points, body):
    rows = []
    for x in points:
        record = session.attempt(f"curve of {name} at {x}", lambda: body(session, x))
        if record:
            rows.append([x, record["median_seconds"] / record["units"] * 1e6])
    return rows


def _of_assets(session, count):
    return session.sluice(["steps", "--assets", str(count), "--run", "100", "--rounds", "15"])[0]


def _of_locations(session, count):
    return session.sluice(["steps", "--assets", "1024", "--locations", str(count), "--rounds", "10"])[0]


def _of_past(session, points):
    words = [word for point in points for word in ("--points", str(point))]
    return session.sluice(["history", "--assets", "1000", "--rounds", "10", *words])
