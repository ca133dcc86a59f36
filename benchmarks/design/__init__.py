"""Optimisation and counterfactuals in latent space. Run as ``python -m benchmarks.design``."""
