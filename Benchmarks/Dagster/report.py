# SPDX-License-Identifier: Apache-2.0
"""One line of JSON a work, in the shape that `sluice-benchmark` prints."""

import json
import statistics


class Report:
    def __init__(self, work, options, units):
        self.line = {
            "system": "dagster",
            "work": work,
            "store": "sqlite" if options.store == "sqlite" else "postgres",
            "shape": options.shape,
            "assets": options.assets,
            "locations": 1,
            "units": units,
            "seconds": [],
            "figures": {},
        }

    @property
    def seconds(self):
        return self.line["seconds"]

    @property
    def figures(self):
        return self.line["figures"]

    def measure(self, plant, rounds, body):
        """Runs a body so often; keeps what each took, and the processor time of all processes together."""
        before = plant.processor_seconds()
        for _ in range(rounds):
            self.seconds.append(body())
        used = sum(plant.processor_seconds().values()) - sum(before.values())
        self.figures["processor_microseconds_per_unit"] = used / (rounds * self.line["units"]) * 1e6

    def print(self):
        if self.seconds:
            median = statistics.median_high(self.seconds)
            self.line["median_seconds"] = median
            self.line["units_per_second"] = self.line["units"] / median
        print(json.dumps(self.line, sort_keys=True), flush=True)
