"""Warnings of the package: each says which shortcut was taken and why."""


class CopyWarning(UserWarning):
    """New rows equal real ones."""


class PosteriorCollapseWarning(UserWarning):
    """No latent of a trained model tells rows apart: all rows are encoded, and so decoded, alike."""


class SingleRowWarning(UserWarning):
    """A class of one row was over-sampled by noisy copies."""
