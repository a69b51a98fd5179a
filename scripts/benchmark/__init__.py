# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of Benchmarks/, compares them, and publishes what came of them."""
