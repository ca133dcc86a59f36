"""What autoencoders are for besides new rows."""

from vaesynth.applications._compressor import VQVAECompressor
from vaesynth.applications._stream import StreamError

__all__ = ["StreamError", "VQVAECompressor"]
