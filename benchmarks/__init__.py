"""The measurements that the documents quote. Run from the root of the repository: ``python -m benchmarks.NAME``."""
