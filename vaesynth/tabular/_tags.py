"""What scikit-learn is told of the tables that the encoder takes."""

from __future__ import annotations

from sklearn.utils import InputTags


def accept_any_table(tags: InputTags) -> None:
    """Say that missing cells, strings, categories and sparse matrices are taken.

    Parameters
    ----------
    tags : InputTags
        The estimator's ``tags.input_tags``, changed in place.

    Examples
    --------
    >>> from sklearn.utils import InputTags
    >>> tags = InputTags()
    >>> accept_any_table(tags)
    >>> tags.string
    True
    """
    tags.allow_nan = True
    tags.string = True
    tags.categorical = True
    tags.sparse = True
