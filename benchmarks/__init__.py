"""Measurements of the data paths: ``python -m benchmarks.NAME --json`` prints one JSON object.

Rates are megabytes (10**6 bytes) of the file a second and one process, each timed after a
discarded warm-up. Timings of a shared machine are noisy: the ratios within one run count.
"""
