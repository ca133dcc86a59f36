"""Tables larger than memory: read in blocks, kept as a sample, written in chunks; Parquet needs extra ``stream``."""

from vaesynth.streaming._frames import rechunk
from vaesynth.streaming._parquet import as_arrow, write_parquet
from vaesynth.streaming._reservoir import ClassReservoir, KeptRows
from vaesynth.streaming._sample import StreamSample, sample_stream
from vaesynth.streaming._source import FrameStream
from vaesynth.streaming._target_column import TargetColumn, split_target

__all__ = [
    "ClassReservoir",
    "FrameStream",
    "KeptRows",
    "StreamSample",
    "TargetColumn",
    "as_arrow",
    "rechunk",
    "sample_stream",
    "split_target",
    "write_parquet",
]
