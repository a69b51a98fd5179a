# SPDX-License-Identifier: Apache-2.0
"""The assets of Benchmarks/Location, as Dagster takes them: they do nothing, in the shape and number that the environment asks for.

BENCHMARK_SHAPE is plain, chain, wide (BENCHMARK_WIDTH chains side by side) or checked (BENCHMARK_CHECKS blocking checks each), and
BENCHMARK_ASSETS says how many. Nothing is handed from one asset to the next: no IO manager is called.
"""

import os

import dagster as dg


def number(name, default):
    return int(os.environ.get(name) or default)


def distance(shape):
    """How many assets lie between one and the one that it depends on; None where it depends on none."""
    return {"chain": 1, "wide": number("BENCHMARK_WIDTH", 50)}.get(shape)


def make_asset(index, step):
    upstream = [dg.AssetKey(f"a{index - step}")] if step and index >= step else []

    @dg.asset(name=f"a{index}", deps=upstream)
    def nothing() -> None:
        return None

    return nothing


def make_check(asset, index):
    @dg.asset_check(asset=asset, name=f"check_{index}", blocking=True)
    def passes():
        return dg.AssetCheckResult(passed=True)

    return passes


def make_assets():
    step = distance(os.environ.get("BENCHMARK_SHAPE", "plain"))
    return [make_asset(index, step) for index in range(number("BENCHMARK_ASSETS", 1_000))]


def make_checks(assets):
    count = number("BENCHMARK_CHECKS", 3) if os.environ.get("BENCHMARK_SHAPE") == "checked" else 0
    return [make_check(asset, index) for asset in assets for index in range(count)]


assets = make_assets()
defs = dg.Definitions(assets=assets, asset_checks=make_checks(assets))
