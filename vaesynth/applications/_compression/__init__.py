"""Rows to bytes and back."""

from vaesynth.applications._compression._compressor import VQVAECompressor
from vaesynth.applications._compression._file_format import StreamError

__all__ = ["StreamError", "VQVAECompressor"]
