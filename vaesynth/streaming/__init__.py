"""Tables larger than memory: read in blocks, kept as a sample, written in chunks; Parquet needs extra ``stream``."""

from vaesynth.streaming._parquet import write_parquet

__all__ = ["write_parquet"]

# What other rooms need and users do not.
from vaesynth.streaming._frames import rechunk as rechunk
from vaesynth.streaming._parquet import as_arrow as as_arrow
from vaesynth.streaming._reservoir import ClassReservoir as ClassReservoir
from vaesynth.streaming._sample import StreamSample as StreamSample
from vaesynth.streaming._sample import refuse_unwritable as refuse_unwritable
from vaesynth.streaming._sample import sample_stream as sample_stream
from vaesynth.streaming._source import FrameStream as FrameStream
from vaesynth.streaming._source import open_dataset as open_dataset
from vaesynth.streaming._target_column import TargetColumn as TargetColumn
from vaesynth.streaming._target_column import split_target as split_target
