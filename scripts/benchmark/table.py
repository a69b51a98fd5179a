# SPDX-License-Identifier: Apache-2.0
"""Figures as tables in Markdown, which people can read on a terminal as well."""

from benchmark.machine import sentence
from benchmark.works import BY_ID


def number(value):
    """Three digits that count, thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return text if "e" not in text else f"{value:.6f}".rstrip("0")


def quantity(value, unit):
    return f"{number(value)} {unit}"


def table(head, rows):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells):
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"

    return "\n".join([line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)])


def works(document):
    head = ["work", "target", "Sluice", "met", "Dagster", "ratio"]
    return table(head, [_work(result, document["store"]) for result in document["works"]])


def _work(result, store):
    work = BY_ID[result["id"]]
    goal = work.goal(store)
    target = "" if goal is None else f"{'≥' if work.more_is_better else '≤'} {quantity(goal, work.unit)}"
    ours, theirs = result.get("sluice"), result.get("dagster")
    met = None if ours is None or "sluice_note" in result else work.is_met(ours, store)
    ours_note, theirs_note = (f" ({result[name]})" if name in result else "" for name in ("sluice_note", "dagster_note"))
    return [
        work.title,
        target,
        "failed" if ours is None else quantity(ours, work.unit) + ours_note,
        "" if met is None else "yes" if met else "no",
        "" if theirs is None else quantity(theirs, work.unit) + theirs_note,
        "" if ours is None or theirs is None or not ours or not theirs else f"{number(work.times_better(ours, theirs))} ×",
    ]


def limits(rows):
    head = ["work", "a round takes", "its messages, bare", "its commits, bare", "times above both"]
    return table(head, [_limit(row) for row in rows])


def _limit(row):
    return [
        BY_ID[row["id"]].title,
        quantity(row["seconds"] * 1e3, "ms"),
        f"{quantity(row['messages_seconds'] * 1e3, 'ms')} for {number(row['messages'])} there and back",
        f"{quantity(row['commits_seconds'] * 1e3, 'ms')} for {number(row['commits'])} of {number(row['commit_bytes'])} B",
        f"{number(row['times_above'])} ×",
    ]


def curves(curves):
    points = sorted({x for rows in curves.values() for x, _ in rows})
    head = ["µs a step against the number of", *(f"{x:,}" for x in points)]
    rows = []
    for name, values in curves.items():
        at = dict(map(tuple, values))
        rows.append([name, *(number(at[x]) if x in at else "" for x in points)])
    return table(head, rows)


def document(whole):
    """Everything that a session found, as Markdown."""
    parts = [f"Measured on {sentence(whole['machine'])}."]
    if whole["quick"]:
        parts.append("With `--quick`: few rounds, for a first impression only.")
    if whole["works"]:
        parts.append(works(whole))
    if whole.get("limits"):
        parts.append(limits(whole["limits"]))
    if whole.get("curves"):
        parts.append(curves(whole["curves"]))
    return "\n\n".join(parts)
