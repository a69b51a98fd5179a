# SPDX-License-Identifier: Apache-2.0
"""Kept results, and how a new one compares: ratios, since machines are noisy. Nothing fails on time."""

import json
from pathlib import Path

from benchmark.machine import sentence
from benchmark.table import number, quantity, table
from benchmark.works import BY_ID

FOLDER = Path("Benchmarks/Baselines")
# How much slower counts as slower on a machine that does other things as well.
NOISE = 1.25


def read(path):
    """A result of the file's path, or of a name in the folder of baselines."""
    path = Path(path)
    return json.loads((path if path.exists() else FOLDER / f"{path}.json").read_text())


def keep(document, name):
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return path


def compare(document, baseline):
    """A table of every work that both have, the slower ones first."""
    old = {result["id"]: result["sluice"] for result in baseline["works"] if "sluice" in result}
    rows = []
    for result in document["works"]:
        if result["id"] in old and "sluice" in result and result["sluice"] and old[result["id"]]:
            rows.append((_slower(result, old[result["id"]]), result, old[result["id"]]))
    rows.sort(key=lambda row: -row[0])
    lines = [_line(*row) for row in rows]
    notes = [f"Compared with: {sentence(baseline['machine'])}."]
    if document["store"] != baseline["store"] or document["quick"] != baseline["quick"]:
        notes.append("The baseline was measured on another store, or with other rounds.")
    slower = sum(row[0] > NOISE for row in rows)
    notes.append(f"{slower} of {len(rows)} works are slower than noise explains (more than {NOISE} ×).")
    return "\n\n".join([*notes, table(["work", "before", "now", "cost now / before", ""], lines)])


def _slower(result, before):
    return 1 / BY_ID[result["id"]].times_better(result["sluice"], before)


def _line(slower, result, before):
    work = BY_ID[result["id"]]
    verdict = "slower" if slower > NOISE else "faster" if slower < 1 / NOISE else ""
    return [work.title, quantity(before, work.unit), quantity(result["sluice"], work.unit), f"{number(slower)} ×", verdict]
