"""Noise and missing cells. Run as ``python -m benchmarks.denoising``."""
