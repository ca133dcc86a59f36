"""Does over-sampling help a classifier? Run as ``python -m benchmarks.utility``."""
