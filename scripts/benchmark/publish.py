# SPDX-License-Identifier: Apache-2.0
"""Writes tables into Benchmarks/README.md between markers, so that no figure is typed by hand."""

from pathlib import Path

from benchmark import table
from benchmark.processes import Failure

PAGE = Path("Benchmarks/README.md")


def publish(document):
    text = PAGE.read_text()
    begin, end = (f"<!-- {word} {document['store']} -->" for word in ("results", "end"))
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Failure(f"{PAGE} needs the markers {begin} and {end}, once each and in this order")
    before, _, rest = text.partition(begin)
    PAGE.write_text(f"{before}{begin}\n\n{table.document(document)}\n\n{end}{rest.partition(end)[2]}")
