"""Over-samplers with imbalanced-learn's interface."""

from vaesynth.over_sampling._amounts import halfway_totals
from vaesynth.over_sampling._copies import CopyReport
from vaesynth.over_sampling._cvae_sampler import CVAESampler
from vaesynth.over_sampling._multilabel_sampler import MultilabelCVAESampler
from vaesynth.over_sampling._regression_sampler import CVAERegressionSampler
from vaesynth.over_sampling._shares import ShareReport

__all__ = [
    "CVAERegressionSampler",
    "CVAESampler",
    "CopyReport",
    "MultilabelCVAESampler",
    "ShareReport",
    "halfway_totals",
]

# What other rooms need and users do not.
from vaesynth.over_sampling._amounts import choose_growth as choose_growth
from vaesynth.over_sampling._amounts import count_new_rows as count_new_rows
from vaesynth.over_sampling._result import refuse_single_rows as refuse_single_rows
from vaesynth.over_sampling._result import single_row_classes as single_row_classes
