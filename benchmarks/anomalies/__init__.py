"""Anomalies that a detector finds that has seen normal rows only. Run as ``python -m benchmarks.anomalies``."""
