"""Over-samplers with imbalanced-learn's interface."""

from vaesynth.over_sampling._copies import CopyReport
from vaesynth.over_sampling._cvae_sampler import CVAESampler

__all__ = ["CVAESampler", "CopyReport"]

# What other rooms need and users do not.
from vaesynth.over_sampling._result import refuse_single_rows as refuse_single_rows
from vaesynth.over_sampling._result import single_row_classes as single_row_classes
from vaesynth.over_sampling._stream_resampling import count_new_rows as count_new_rows
