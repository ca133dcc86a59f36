"""The article's program beside ours and pythae's. Run as ``python -m benchmarks.article``."""
