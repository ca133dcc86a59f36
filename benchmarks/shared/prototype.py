"""The recipe that `CVAESampler` started from, kept as a yardstick for its defaults.

A multilayer perceptron of 128-128 with at most 16 latents, β 0.3, 200 steps of 256 rows; draws between ten neighbours
in latent space; of three candidates one is kept by the class posterior of the model, all classes alike.
"""

from __future__ import annotations

import math
from typing import Any

from vaesynth import CVAE, CVAESampler
from vaesynth.drawing import ClassSelection, JitterDraw, ModelJudge, Strategy

_BATCH_SIZE, _N_STEPS, _BETA = 256, 200, 0.3
_N_CANDIDATES = 3


class _Prototype(CVAESampler):
    def _strategy(self, code: int) -> Strategy:
        around = super()._strategy(code)
        if isinstance(around, JitterDraw):
            return around
        return ClassSelection(around, _N_CANDIDATES, ModelJudge(_BETA))


def prototype(X, y, *, seed, **_) -> tuple[Any, Any]:
    """Over-sample by the first recipe."""
    model = CVAE(
        hidden_layer_sizes=(128, 128),
        beta=_BETA,
        numeric_encoding="standardize",
        learning_rate_init=2e-3,
        batch_size=_BATCH_SIZE,
        max_iter=max(1, round(_N_STEPS / math.ceil(len(y) / _BATCH_SIZE))),
        early_stopping=False,
    )
    # With one candidate the sampler takes no judge of its own.
    sampler = _Prototype(model=model, k_neighbors=10, n_candidates=1, random_state=seed)
    return sampler.fit_resample(X, y)
