"""The methods ``save`` and ``load`` of estimators."""

from __future__ import annotations

import os
from typing import Any, ClassVar, Self

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from vaesynth.saving._file import read_object, write_object


class Savable:
    """Estimators that can be saved to a file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from vaesynth import VAE
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     VAE(max_iter=30, random_state=0).fit([[1.0], [2.0]]).save(Path(folder) / "vae.safetensors")
    ...     VAE.load(Path(folder) / "vae.safetensors")
    VAE(max_iter=30, random_state=0)
    """

    # The attribute that a fit leaves, where scikit-learn's own rule does not tell.
    _learned: ClassVar[str | None] = None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the estimator to a file, with all that it has learned.

        The weights lie in it as safetensors, all else as JSON; the file is written whole or not at all. It holds what
        the estimator has seen of the columns: names, types, levels and ranges; that of a sampler holds its rows.

        Parameters
        ----------
        path : str or path-like
            Where to; by custom the name ends in ``.safetensors``. A file that is there is replaced.

        Raises
        ------
        NotFittedError
            If the estimator has learned nothing yet.
        UnsavableError
            If a parameter or a level of a category is an object that such a file cannot hold; nothing is written then.
        """
        check_is_fitted(
            self,
            self._learned,
            msg="`save` needs a fitted estimator, got an unfitted %(name)s: call `fit` first, of a sampler "
            "`fit_resample`",
        )
        write_object(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read an estimator from a file that :meth:`save` has written; nothing in the file is run.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        estimator
            It draws the rows that the saved one would have drawn next.

        Raises
        ------
        ValueError
            If the file has another estimator or is not of this version's making.
        """
        loaded = load(path)
        if not isinstance(loaded, cls):
            raise ValueError(
                f"the file must hold a {cls.__name__}, got {type(loaded).__name__} in {os.fspath(path)!r}"
            )
        return loaded


def load(path: str | os.PathLike[str]) -> Any:
    """Read an estimator of any class from a file that its ``save`` has written; nothing in the file is run.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    estimator
        It draws the rows that the saved one would have drawn next.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    PermissionError
        If the file may not be read.
    ValueError
        If the file is of another kind, damaged, or of a version of vaesynth that this one cannot read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import vaesynth
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = vaesynth.VAE(max_iter=30, random_state=0).fit([[1.0], [2.0]])
    ...     model.save(Path(folder) / "vae.safetensors")
    ...     vaesynth.load(Path(folder) / "vae.safetensors")
    VAE(max_iter=30, random_state=0)
    """
    loaded = read_object(path)
    if not isinstance(loaded, Savable):
        raise ValueError(
            f"the file must hold an estimator, got a {type(loaded).__name__} in {os.fspath(path)!r}"
        )
    try:
        check_is_fitted(loaded, loaded._learned)
    except NotFittedError as error:
        raise ValueError(
            f"the file must hold a fitted estimator, got an unfitted {type(loaded).__name__} in {os.fspath(path)!r}"
        ) from error
    return loaded
