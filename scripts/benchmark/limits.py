# SPDX-License-Identifier: Apache-2.0
"""What the machine would allow: the messages and commits of a work, bare, with nothing decided in between."""

from benchmark.works import BY_ID

# A step travels there and back twice: its grant and its reports, then its settlement.
EXCHANGES = 2
# What can be batched travels in messages of so many items, so many messages at once; what cannot, one at a time.
BATCHED = {"--batch": "64", "--window": "16"}
ALONE = {"--batch": "1", "--window": "1"}
KINDS = {"latency": ALONE, "chain": ALONE, "wide": BATCHED, "launches": BATCHED}
# The least a round exchanges or commits, so that it can be timed.
LEAST = 200


def measure(session):
    """A row for each work that has a limit: seconds a round, and what its messages and its commits take bare."""
    storage = session.record(BY_ID["bytes-encoded"])
    if storage is None:
        return []
    rows = []
    for id, kind in KINDS.items():
        record = session.record(BY_ID[id])
        if record:
            row = session.attempt(f"limit of {id}", lambda: _limit(session, id, kind, record, storage["figures"]["event_bytes"]))
            rows += [row] if row else []
    return rows


def _limit(session, id, kind, record, bytes_an_event):
    units, figures = record["units"], record["figures"]
    items = max(units * EXCHANGES, LEAST)
    options = [word for pair in kind.items() for word in pair]
    messages = session.sluice(["messages", "--items", str(items), *options], stored=False)[0]
    commits = figures["commits_per_unit"] * units
    size = round(bytes_an_event * figures["events_per_unit"] / figures["commits_per_unit"])
    count = max(round(commits), LEAST)
    bare = session.sluice(["commits", "--commits", str(count), "--bytes", str(size)])[0]
    row = {
        "id": id,
        "seconds": record["median_seconds"],
        "messages": EXCHANGES * units,
        "messages_seconds": messages["median_seconds"] / items * units * EXCHANGES,
        "commits": commits,
        "commit_bytes": size,
        "commits_seconds": bare["median_seconds"] / count * commits,
    }
    return row | {"times_above": row["seconds"] / (row["messages_seconds"] + row["commits_seconds"])}
