#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The year report's figures, computed from the raw files without any of the teams' code.

    python3 CodeLocations/Insights/Figures/independent_figures.py > CodeLocations/Insights/Figures/year_report.json

A flight's weather is what its airport read in the local hour it was to leave in; where an hour was read twice (the
clocks went back), the worse reading counts. The first band that fits is its band:

    low visibility   under 3 miles
    wet              any precipitation
    windy            wind of 20 mph or more
    fair             none of these, and the wind is known
    unknown          no reading, or one without wind that is neither of low visibility nor wet
"""
import csv
import gzip
import json
import pathlib
from collections import defaultdict

DATA = pathlib.Path(__file__).resolve().parents[2] / "Shared" / "Data" / "nycflights13"
BANDS = ["low visibility", "wet", "windy", "fair", "unknown"]
FEWEST_DEPARTURES = 100  # an airline with fewer in a band is not ranked there


def rows(name):
    opened = gzip.open if name.endswith(".gz") else open
    with opened(DATA / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def band(reading):
    if float(reading["visib"]) < 3:
        return "low visibility"
    if float(reading["precip"]) > 0:
        return "wet"
    if reading["wind_speed"] == "NA":
        return "unknown"
    return "windy" if float(reading["wind_speed"]) >= 20 else "fair"


def hour(row):
    return row["origin"], int(row["month"]), int(row["day"]), int(row["hour"])


weather = defaultdict(list)
for reading in rows("weather.csv"):
    weather[hour(reading)].append(band(reading))
airlines = {row["carrier"]: row["name"] for row in rows("airlines.csv")}

departures, minutes, cancellations = defaultdict(int), defaultdict(int), defaultdict(int)
by_airline = defaultdict(lambda: [0, 0])
for month in range(1, 13):
    for flight in rows(f"flights-2013-{month:02d}.csv.gz"):
        its_band = min(weather.get(hour(flight), ["unknown"]), key=BANDS.index)
        if flight["dep_time"] == "NA":
            cancellations[its_band] += 1
            continue
        delay = int(flight["dep_delay"])
        departures[its_band] += 1
        minutes[its_band] += delay
        counted = by_airline[its_band, airlines[flight["carrier"]]]
        counted[0] += 1
        counted[1] += delay


def most_delayed(its_band):
    means = [
        (total / count, airline)
        for (other, airline), (count, total) in by_airline.items()
        if other == its_band and count >= FEWEST_DEPARTURES
    ]
    return max(means)[1] if means else None


print(json.dumps(
    [
        {
            "band": b,
            "departures": departures[b],
            "meanDepartureDelay": minutes[b] / departures[b],
            "cancellations": cancellations[b],
            "cancellationShare": cancellations[b] / (departures[b] + cancellations[b]),
            "mostDelayedAirline": most_delayed(b),
        }
        for b in BANDS
    ],
    indent=2,
))
