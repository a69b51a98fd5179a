# SPDX-License-Identifier: Apache-2.0
"""How many bytes Dagster's storage takes, and how many of them are encoded events."""

import sqlite3


def use(plant):
    """(bytes in all, bytes of encoded events, events)."""
    return _sqlite(plant) if plant.options.store == "sqlite" else _postgres(plant)


def _sqlite(plant):
    # Runs and their events have a file each beside an index of all; each file's log is folded in before it is measured.
    whole = encoded = rows = 0
    for path in sorted((plant.home / "history").rglob("*.db")):
        with sqlite3.connect(path, timeout=30) as file:
            pages, free, size = (file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
            whole += (pages - free) * size
            if path.name != "index.db" and file.execute("SELECT 1 FROM sqlite_master WHERE name = 'event_logs'").fetchone():
                count, length = file.execute("SELECT count(*), coalesce(sum(length(event)), 0) FROM event_logs").fetchone()
                rows, encoded = rows + count, encoded + length
        file.close()
    return whole, encoded, rows


def _postgres(plant):
    import psycopg2

    connection = psycopg2.connect(plant.options.store)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL")
        cursor.execute(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE nspname = 'public' AND relkind = 'r'"
        )
        whole = cursor.fetchone()[0]
        cursor.execute("SELECT coalesce(sum(length(event)), 0)::bigint, count(*) FROM event_logs")
        encoded, rows = cursor.fetchone()
    connection.close()
    return whole, encoded, rows
