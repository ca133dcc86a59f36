"""How like the real rows are synthetic ones? Run as ``python -m benchmarks.fidelity``."""
