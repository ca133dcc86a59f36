"""Tables larger than memory: read in blocks, kept as a sample, written in chunks; Parquet needs extra ``stream``."""

from vaesynth.streaming._frames import rechunk
from vaesynth.streaming._parquet import as_arrow, write_parquet
from vaesynth.streaming._reservoir import ClassReservoir, KeptRows
from vaesynth.streaming._sample import StreamSample, join_target, sample_stream
from vaesynth.streaming._source import FrameStream

__all__ = [
    "ClassReservoir",
    "FrameStream",
    "KeptRows",
    "StreamSample",
    "as_arrow",
    "join_target",
    "rechunk",
    "sample_stream",
    "write_parquet",
]
