"""Measures of generated rows and of latents: arrays and tables in, floats out."""

from vaesynth.metrics._attacks import (
    SinglingOut,
    membership_inference_auc,
    singling_out_rate,
)
from vaesynth.metrics._classifier_tests import (
    UtilityScores,
    detection_score,
    train_on_synthetic_score,
)
from vaesynth.metrics._closest_records import (
    CopyShares,
    closest_record_share,
    copy_shares,
    find_exact_copies,
    nearest_real_rows,
)
from vaesynth.metrics._column_shapes import column_shape_score, column_shape_scores
from vaesynth.metrics._disentanglement import DCI, dci_disentanglement, mutual_information_gap
from vaesynth.metrics._frechet_distance import frechet_distance
from vaesynth.metrics._pair_trends import pair_trend_score, pair_trend_scores
from vaesynth.metrics._relevance import BoxPlotRelevance, squared_error_relevance_area
from vaesynth.metrics._shadow_attack import shadow_membership_auc
from vaesynth.metrics._support import SupportScores, precision_recall_coverage

__all__ = [
    "DCI",
    "BoxPlotRelevance",
    "CopyShares",
    "SinglingOut",
    "SupportScores",
    "UtilityScores",
    "closest_record_share",
    "column_shape_score",
    "column_shape_scores",
    "copy_shares",
    "dci_disentanglement",
    "detection_score",
    "find_exact_copies",
    "frechet_distance",
    "membership_inference_auc",
    "mutual_information_gap",
    "nearest_real_rows",
    "pair_trend_score",
    "pair_trend_scores",
    "precision_recall_coverage",
    "shadow_membership_auc",
    "singling_out_rate",
    "squared_error_relevance_area",
    "train_on_synthetic_score",
]

# What other rooms need and users do not.
from vaesynth.metrics._relevance import make_relevance as make_relevance
from vaesynth.metrics._relevance import read_numbers as read_numbers
from vaesynth.metrics._relevance import relevance_of as relevance_of
