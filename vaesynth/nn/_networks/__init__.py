"""Layers, encoders and decoders."""
