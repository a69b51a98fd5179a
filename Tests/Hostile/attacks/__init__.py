# SPDX-License-Identifier: Apache-2.0
"""Every attack, a class each: what it sends, and what it may do to others at most."""

import importlib

from attacks.attack import Attack

MODULES = ("traps", "memory", "work", "volume", "grants", "gates", "ownership", "texts", "transport")


def every():
    """All of them, in the order in which they are written."""
    for module in MODULES:
        for value in vars(importlib.import_module(f"attacks.{module}")).values():
            if isinstance(value, type) and issubclass(value, Attack) and value.__module__ == f"attacks.{module}":
                if not value.__name__.startswith("_"):
                    yield value


def named(name):
    return next(attack for attack in every() if attack.__name__ == name)
