"""Measurements of the data paths: ``python -m benchmarks.NAME --json`` prints one JSON object.

Rates are megabytes (10**6 bytes) of the file a second: of processor time of one core unless
something else is said, each after a discarded first round. Timings of a shared machine are
noisy: the ratios within one run count.
"""
