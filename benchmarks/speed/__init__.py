"""How long and how much memory? Run as ``python -m benchmarks.speed`` and by the names of the other scripts here."""
