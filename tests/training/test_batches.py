"""Class-balanced, weighted and stratified draws."""

import numpy as np
import torch

from vaesynth.training import balanced_probabilities, draw_epoch


def test_probabilities_are_even_over_classes_and_weighted_within():
    y = torch.tensor([0] * 90 + [1] * 9 + [2])
    weight = torch.ones(100)
    weight[90] = 3
    probabilities = balanced_probabilities(y, weight)
    totals = [float(probabilities[y == label].sum()) for label in range(3)]
    np.testing.assert_allclose(totals, 1 / 3)
    np.testing.assert_allclose(probabilities[90] / probabilities[91], 3)


def test_a_row_is_drawn_about_as_often_as_its_probability_says():
    probabilities = torch.tensor([0.5, 0.25, 0.125, 0.125], dtype=torch.float64)
    drawn = draw_epoch(probabilities, 800, torch.Generator().manual_seed(0))
    counts = torch.bincount(drawn, minlength=4).numpy()
    assert np.abs(counts - [400, 200, 100, 100]).max() <= 1


def test_rows_of_weight_zero_are_never_drawn():
    probabilities = torch.tensor([0.0, 0.5, 0.0, 0.5, 0.0], dtype=torch.float64)
    drawn = draw_epoch(probabilities, 10_000, torch.Generator().manual_seed(0))
    assert set(drawn.tolist()) == {1, 3}
