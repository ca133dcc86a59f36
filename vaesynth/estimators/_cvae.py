"""The conditional VAE as an estimator."""

from __future__ import annotations

import numbers
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import _fit_context
from sklearn.utils.validation import check_is_fitted

from vaesynth._validation import draw_seed
from vaesynth.drawing import PriorDraw, RealRows, RowSource, Strategy
from vaesynth.estimators._base import BaseVAE
from vaesynth.estimators._chunks import move
from vaesynth.estimators._fitting import next_seed
from vaesynth.estimators._target import check_weights, encode_target


class CVAE(BaseVAE):
    r"""Conditional variational autoencoder of a table with a class label.

    It maximises, on batches in which every class is equally likely,

    .. math:: E_{q(z|x,y)}[\log p(x|z,y)] - \beta \, KL(q(z|x,y) \| p(z|y))

    with a diagonal normal encoder, a diagonal normal prior per class, and one likelihood per kind of column.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Number of latents. "auto" takes one per cell of an encoded row, up to 16, and up to 32 from 5,000 rows on.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Widths of the encoder's hidden layers; the decoder mirrors them. "auto" takes (64, 64), and (256, 256)
        from 5,000 rows on.
    beta : float, default=0.1
        Weight of the KL term in the objective (the β of a β-VAE). Small values keep detail in the latents.
    kl_warm_up : float, default=0.3
        Share of the training steps over which that weight rises from 0.
    learning_rate_init : float, default=2e-3
        Peak of the one-cycle learning rate of AdamW.
    weight_decay : float, default=1e-4
        Decoupled weight decay of AdamW.
    max_iter : int or "auto", default="auto"
        Epochs at most; an epoch draws as many rows as the table has. "auto" trains small tables for at least 150
        steps and tables of 5,000 rows and more for 8 epochs.
    batch_size : int or "auto", default="auto"
        Rows in a step, drawn evenly over the classes. "auto" takes 128, and 512 from 5,000 rows on.
    early_stopping : bool or "auto", default="auto"
        Whether to hold rows out, stop when their loss no longer falls and keep the best weights. "auto" does so from
        5,000 rows on.
    validation_fraction : float, default=0.1
        Share of each class of ten rows or more to hold out.
    n_iter_no_change : int, default=5
        Epochs without improvement before training stops.
    tol : float, default=1e-3
        Improvement of the held-out loss that counts, in nats per row.
    categorical_features : "auto" or array-like, default="auto"
        As in imbalanced-learn's SMOTENC: mask, positions or names. "auto" goes by the columns' types; columns that
        cannot be numbers are categories in any case.
    numeric_encoding : {"auto", "standardize", "bins"}, default="auto"
        How the network sees numbers: as standardised values under a normal likelihood with a learned scale, or as
        quantile bins under a categorical likelihood, smooth inside a bin. "auto" takes bins from 5,000 rows on.
    device : str or torch.device, default="auto"
        Where to train: "auto" takes CUDA where there is one, else the CPU.
    n_jobs : int or None, default=None
        Threads; None means as many as torch is set to use. The rows do not depend on their number.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; the global random states of numpy and torch are neither read nor written.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    class_count_ : ndarray of int, shape (n_classes,)
        Rows of each class.
    history_ : History
        Terms of the objective per epoch, in nats per row.
    loss_curve_ : list of float
        Training loss per epoch, in nats per row.
    n_iter_ : int
        Epochs run.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    References
    ----------
    Sohn, Lee, Yan, "Learning Structured Output Representation using Deep Conditional Generative Models", NeurIPS 2015.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth import CVAE
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> CVAE(random_state=0).fit(X, y).sample(3, y=2).shape
    (3, 4)
    """

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn the distribution of the rows of each class.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            Any container that `TableEncoder` takes.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,), optional
            Within its class a row is drawn into batches in proportion to its weight.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the table, the target or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.
        """
        self.classes_, codes = encode_target(X, y)
        weight = check_weights(X, codes, self.classes_, sample_weight)
        self._fit_model(X, codes, len(self.classes_), weight)
        self.class_count_ = np.bincount(codes, minlength=len(self.classes_))
        return self

    def sample(self, n_samples: int, y: Any, random_state: Any = None) -> Any:
        """Draw new rows of one class from its prior.

        Parameters
        ----------
        n_samples : int
            Number of rows.
        y : label
            The class, one of `classes_`.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. None goes on in the stream of the fit: every call gives other rows.

        Returns
        -------
        table of shape (n_samples, n_features)
            In the container and types of the fitted one.

        Raises
        ------
        ValueError
            If `y` is no fitted class or `n_samples` is not positive.
        """
        check_is_fitted(self)
        label = self._label_code(y)
        return self.draw(
            RowSource(self.module_, n_jobs=self._n_threads()),
            PriorDraw(),
            label,
            n_samples,
            random_state,
        )[0]

    def draw(
        self,
        source: RowSource,
        strategy: Strategy,
        label: int,
        n_samples: int,
        random_state: Any = None,
    ) -> tuple[Any, np.ndarray | None]:
        """Draw rows of one class by any strategy.

        Parameters
        ----------
        source : RowSource
            As :meth:`make_source` gives it.
        strategy : Strategy
            How latent points are drawn.
        label : int
            Class code, a position in `classes_`.
        n_samples : int
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            As in :meth:`sample`.

        Returns
        -------
        table of shape (n_samples, n_features)
            In the container and types of the fitted one.
        parents : ndarray of int, shape (n_samples, n_parents), or None
            Positions of the real rows that each row starts from, where the strategy has them.

        Raises
        ------
        ValueError
            If `n_samples` is not positive, or the strategy needs real rows that the source lacks.
        """
        if not isinstance(n_samples, numbers.Integral) or n_samples < 1:
            raise ValueError(f"`n_samples` must be an integer of at least 1, got {n_samples!r}")
        seed = next_seed(self._seeds) if random_state is None else draw_seed(random_state)
        for_rows, for_cells = np.random.SeedSequence(seed).spawn(2)
        drawn = source.draw(label, int(n_samples), strategy, for_rows)
        return self._codec.decode(drawn.rows, for_cells), drawn.parents

    def make_source(self, X: Any, y: Any, sample_weight: Any = None) -> RowSource:
        """Make a source of new rows that start from real ones.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            Real rows with the fitted columns.
        y : array-like of shape (n_samples,)
            Their classes, all of them fitted.
        sample_weight : array-like of shape (n_samples,), optional
            Within its class a row is chosen in proportion to its weight.

        Returns
        -------
        RowSource

        Raises
        ------
        ValueError
            If a column, class or weight is refused.
        """
        check_is_fitted(self)
        rows = move(self._codec.encode(X), self.device_)
        codes = self._label_codes(y)
        weight = check_weights(X, codes, self.classes_, sample_weight)
        real_rows = {}
        for label in range(len(self.classes_)):
            members = np.flatnonzero(codes == label)
            part = rows.take(torch.from_numpy(members).to(self.device_))
            real_rows[label] = RealRows(part, label, weight[members], members)
        return RowSource(self.module_, real_rows, n_jobs=self._n_threads())

    def _label_codes(self, y: Any) -> np.ndarray:
        labels = np.asarray(y)
        codes = np.searchsorted(self.classes_, labels)
        known = self.classes_[np.minimum(codes, len(self.classes_) - 1)] == labels
        if not np.all(known):
            unknown = np.unique(labels[~known]).tolist()
            raise ValueError(
                f"`y` must be of the fitted classes {self.classes_.tolist()}, got {unknown}"
            )
        return codes

    def _label_code(self, y: Any) -> int:
        matches = [code for code, label in enumerate(self.classes_.tolist()) if label == y]
        if not matches:
            raise ValueError(
                f"`y` must be one of the fitted classes {self.classes_.tolist()}, got {y!r}"
            )
        return matches[0]
