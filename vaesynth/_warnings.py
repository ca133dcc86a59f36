"""Warnings of the package: each says which shortcut was taken and why."""


class SingleRowWarning(UserWarning):
    """A class of one row was over-sampled by noisy copies."""
