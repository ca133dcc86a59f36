"""Synthetic rows for imbalanced data sets from conditional variational autoencoders."""

from typing import TYPE_CHECKING

# A new public name takes three lines: here, in `_ROOM_OF` and under TYPE_CHECKING.
__all__ = [
    "CVAE",
    "VAE",
    "VQVAE",
    "BetaVAE",
    "CVAERegressionSampler",
    "CVAESampler",
    "ColumnWarning",
    "CopyWarning",
    "MultilabelCVAESampler",
    "PosteriorCollapseWarning",
    "PrivacyBudget",
    "ResampledClassifier",
    "ResampledClassifierCV",
    "ResampledRegressor",
    "ResamplerComparison",
    "SingleRowWarning",
    "TableEncoder",
    "__version__",
    "compare_resamplers",
    "load",
]

_ROOM_OF = {
    "BetaVAE": "estimators",
    "CVAE": "estimators",
    "CVAERegressionSampler": "over_sampling",
    "CVAESampler": "over_sampling",
    "ColumnWarning": "_warnings",
    "CopyWarning": "_warnings",
    "MultilabelCVAESampler": "over_sampling",
    "PosteriorCollapseWarning": "_warnings",
    "PrivacyBudget": "training",
    "ResampledClassifier": "model_selection",
    "ResampledClassifierCV": "model_selection",
    "ResampledRegressor": "model_selection",
    "ResamplerComparison": "model_selection",
    "SingleRowWarning": "_warnings",
    "TableEncoder": "tabular",
    "VAE": "estimators",
    "VQVAE": "estimators",
    "compare_resamplers": "model_selection",
    "load": "saving",
}

if TYPE_CHECKING:
    from vaesynth._warnings import (
        ColumnWarning,
        CopyWarning,
        PosteriorCollapseWarning,
        SingleRowWarning,
    )
    from vaesynth.estimators import CVAE, VAE, VQVAE, BetaVAE
    from vaesynth.model_selection import (
        ResampledClassifier,
        ResampledClassifierCV,
        ResampledRegressor,
        ResamplerComparison,
        compare_resamplers,
    )
    from vaesynth.over_sampling import CVAERegressionSampler, CVAESampler, MultilabelCVAESampler
    from vaesynth.saving import load
    from vaesynth.tabular import TableEncoder
    from vaesynth.training import PrivacyBudget

    __version__: str
else:

    def __getattr__(name):
        """Import a public name on first use, so that ``import vaesynth`` loads nothing heavy."""
        if name == "__version__":
            from importlib.metadata import version

            value = version("vaesynth")
        elif name in _ROOM_OF:
            from importlib import import_module

            value = getattr(import_module(f"vaesynth.{_ROOM_OF[name]}"), name)
        else:
            raise AttributeError(f"module 'vaesynth' has no attribute {name!r}")
        globals()[name] = value
        return value


del TYPE_CHECKING


def __dir__() -> list[str]:
    is_private = {name for name in globals() if name.startswith("_") and name[:2] != "__"}
    return sorted({*globals(), *__all__} - is_private)
