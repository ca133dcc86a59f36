"""The conditional VAE as an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import torch
from scipy.special import logsumexp
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from vaesynth._sklearn import fit_context
from vaesynth._validation import draw_seed
from vaesynth._whole_fit import whole_fit
from vaesynth.estimators._base import BaseVAE
from vaesynth.estimators._checks import (
    check_n_draws,
    check_n_samples,
    check_points,
    encode_target,
    label_code,
    label_codes,
    name_of_target,
)
from vaesynth.estimators._draws import Completion, check_real_rows, decode_kept, prior_source
from vaesynth.estimators._fit import GivenRows, warn_of_collapse, warn_of_columns
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec, is_image_array
from vaesynth.nn import Rows
from vaesynth.streaming import StreamSample


class CVAE(BaseVAE):
    r"""Conditional variational autoencoder of tables or images with a class label.

    It maximises, on batches in which every class is equally likely (of a private fit: every row, see `VAE`),

    .. math:: E_{q(z|x,y)}[\log p(x|z,y)] - \beta \, KL(q(z|x,y) \| p(z|y))

    with a diagonal normal encoder, a prior per class, and one likelihood per kind of column or one for all pixels.
    Autoregressive decoders are trained on batches in which a class is as likely as the root of its number of rows.

    If a method takes the class and you do not pass it, the method averages over the classes, weighted by their
    probability given the row; p(y) are the class shares of the training rows.

    Parameters
    ----------
    prior : {"auto", "standard_normal", "class_gaussian", "gaussian_mixture", "vamp", "flow"}, default="auto"
        Distribution p(z | y) of the latents, from which :meth:`sample` draws. "auto" is, for tables,
        "class_gaussian", a learned normal for each class, and "gaussian_mixture" for images; all are as in `VAE`, with
        the class as a condition.
    decoder : {"auto", "independent", "autoregressive"}, default="auto"
        As in `VAE`; "auto" is "autoregressive" for tables of 1,000 rows and more, of at most 256 cells a row. Choose
        "independent" if `transform` or `reconstruct` matter more than `sample`.
    **others
        As in `VAE`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    class_count_ : ndarray of int, shape (n_classes,)
        Rows of each class.
    target_name_ : str or None
        Name of the target, where it has one.
    latent_dim_ : int
        Number of latents.
    active_units_ : int
        Latents whose posterior mean varies within the classes with a variance above 0.01.
    kl_per_latent_ : ndarray of shape (latent_dim_,)
        Mean KL divergence of a training row's posterior from the prior in each latent, in nats, all classes weighing
        the same; see `VAE`.
    privacy_spent_ : PrivacySpent or None
        The (ε, δ) that a private fit has spent; see `VAE`.
    history_ : History
        Terms of the objective per epoch, in nats per row.
    loss_curve_ : list of float
        Training loss per epoch, in nats per row.
    n_iter_ : int
        Epochs run.
    n_features_in_ : int
        Number of columns, or of pixels times channels.
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
    >>> cvae = CVAE(random_state=0).fit(X, y)
    >>> cvae.sample(3, y=2).shape, cvae.score_samples(X, y).shape
    ((3, 4), (150,))
    """

    _has_classes: ClassVar[bool] = True
    _automatic_prior: ClassVar[str] = "class_gaussian"
    _automatic_decoder: ClassVar[str] = "autoregressive"

    @whole_fit
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> Self:
        """Learn the distribution of the rows of each class.

        Parameters
        ----------
        X : table of shape (n_samples, n_features), or ndarray of images
            Any container that `TableEncoder` takes; or images as in `VAE`.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the table, the target or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.

        Warns
        -----
        PosteriorCollapseWarning
            If no latent tells rows of a class apart.
        ColumnWarning
            If a column is an identifier, or has one value for each class.
        """
        classes, codes = encode_target(X, y)
        if self._goes_on or is_image_array(X):
            codec, rows = self._read(X)
        else:
            codec = self._make_table_codec()
            table = codec.learn(X)
            check_real_rows(self, codec, table)
            warn_of_columns(codec.tables, table, codes)
            rows = codec.fit_cells(table)
        self._fit_classes(codec, rows, classes, codes, np.ones(len(codes)))
        self.target_name_ = name_of_target(y)
        warn_of_collapse(self)
        return self

    def _fit_sample(self, sample: StreamSample) -> None:
        classes, codes = encode_target(sample.X, sample.y)
        codec, rows = self._read(sample.X, sample)
        self._fit_classes(codec, rows, classes, codes, np.ones(len(codes)))
        self.class_count_ = np.array([sample.class_count[label] for label in classes.tolist()])
        self.target_name_ = name_of_target(sample.target)

    def _fit_classes(
        self,
        codec: TableCodec | ImageCodec,
        rows: Rows,
        classes: np.ndarray,
        codes: np.ndarray,
        weight: np.ndarray,
    ) -> None:
        """Train on encoded rows of these classes; within its class a row is drawn in proportion to its weight."""
        self._check_classes_stay(classes)
        self.classes_ = classes
        self._fit_rows(GivenRows(codec, rows, codes, len(classes), weight))
        self.class_count_ = np.bincount(codes, minlength=len(classes))

    def transform(self, X: Any, y: Any = None) -> Any:
        """Return posterior means of the latents.

        Parameters
        ----------
        X : table or images like the fitted
            What to encode.
        y : array-like of shape (n_samples,), optional
            Classes of the rows. Without them the means over the classes, weighted by p(y | x).

        Returns
        -------
        ndarray of shape (n_samples, latent_dim_)
            Or a frame, see `set_output`.
        """
        check_is_fitted(self)
        rows = self._codec.encode(X)
        if y is not None:
            return self._evaluation.means(rows, self._label_tensor(y, rows.n_rows)).numpy()
        shares = np.exp(self._log_posterior(self._class_bounds(rows, 1)))
        means = [
            self._evaluation.means(rows, codes).numpy() for codes in self._each_class(rows.n_rows)
        ]
        return np.einsum("nc,cnd->nd", shares, np.stack(means))

    def inverse_transform(self, X: Any, y: Any = None) -> Any:
        """Return the likeliest rows at latent points.

        Parameters
        ----------
        X : array-like of shape (n_samples, latent_dim_)
            Latent points.
        y : array-like of shape (n_samples,), optional
            Classes of the rows. Without them each point's likeliest under p(z | y) and p(y).

        Returns
        -------
        table or images
            In the container and types of the fitted.

        Raises
        ------
        ValueError
            If the shape does not belong to the fitted model, or a number is not finite.
        """
        check_is_fitted(self)
        points = check_points(X, self.latent_dim_)
        codes = self._likeliest_classes(points) if y is None else self._label_tensor(y, len(points))
        return self._evaluation.decode(points, codes)

    def reconstruct(self, X: Any, y: Any = None) -> Any:
        """Return rows as the model has them: the likeliest at their posterior means.

        Parameters
        ----------
        X : table or images like the fitted
            What to encode and decode.
        y : array-like of shape (n_samples,), optional
            Classes of the rows. Without them each row's likeliest under p(y | x).

        Returns
        -------
        table or images
            In the container and types of the fitted.
        """
        check_is_fitted(self)
        rows = self._codec.encode(X)
        if y is None:
            codes = torch.from_numpy(self._log_posterior(self._class_bounds(rows, 1)).argmax(1))
        else:
            codes = self._label_tensor(y, rows.n_rows)
        return self._evaluation.decode(self._evaluation.means(rows, codes).numpy(), codes)

    def sample(
        self,
        n_samples: int = 1,
        y: Any = None,
        random_state: Any = None,
        *,
        return_y: bool = False,
        given: Any = None,
        constraints: Any = None,
    ) -> Any:
        """Draw new rows: latent points from the prior, then rows of a table from p(x | z, y), images as its mean.

        With `given` the other cells of a row are drawn from their distribution given those cells, and given the class
        where `y` says it.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows; of each given row where `given` is a table.
        y : label or array-like of shape (n_samples,), optional
            One of `classes_` for all rows, or one for each; for a table of given rows, one for each of those. Without
            it the classes are drawn with their shares among the training rows, or from p(y | given cells).
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. None goes on in the stream of the fit: every call gives other rows.
        return_y : bool, default=False
            Whether to return the classes of the rows as well.
        given : mapping of column to content, or table, optional
            Cells that all rows have, as ``{"region": "north", "age": 40}``; or a table of rows to complete, with some
            of the columns or all of them, in which a missing cell is one to draw. See Notes.
        constraints : str, callable or sequence of those, optional
            Rules for these rows, beside those of the model. No real rows are there to be checked.

        Returns
        -------
        X : table of shape (n_samples, n_features), or images
            In the container and types of the fitted one. For a table of given rows `n_samples` rows follow for each.
        y : ndarray of shape (n_samples,)
            Classes of the rows, in the type of `classes_`; only with `return_y`.

        Raises
        ------
        ValueError
            If `y` is no fitted class or not as long as `n_samples`, or `n_samples` is not positive. If `given` names
            a column that is not there or a content that the column cannot have: an unknown category, a number beyond
            those of fit or with more digits. If too few of the drawn rows keep the rules.

        Notes
        -----
        :meth:`sample` does not draw rows and reject those that do not match `given`. It draws from the prior, inserts
        the given cells, selects draws by the likelihood of these cells, and then takes Markov steps that keep the
        distribution of the other cells. Conditions that few rows meet take more draws, up to 128 for each row. The
        given cells are always exact; how well the other cells follow them depends on the number of such rows in
        training.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth import CVAE
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> cvae = CVAE(random_state=0).fit(X, y)
        >>> cvae.sample(2, given={"petal width (cm)": 0.2}, random_state=0)["petal width (cm)"].tolist()
        [0.2, 0.2]
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        if given is not None:
            X, codes = self._complete(given, n_samples, y, random_state, constraints)
            return (X, self.classes_[codes]) if return_y else X
        source, strategy = prior_source(self)
        is_one_class = y is not None and np.ndim(y) == 0
        if is_one_class:
            codes = np.full(n_samples, label_code(self.classes_, y))
        elif y is not None:
            codes = self._label_tensor(y, n_samples).numpy()
        seeds = self._draw_seeds(random_state)
        if y is None:
            codes = self._draw_classes(n_samples, seeds[0])

        def draw(positions: np.ndarray, seed: np.random.SeedSequence) -> Rows:
            if is_one_class:
                return source.draw(int(codes[0]), len(positions), strategy, seed).rows
            return self._draw_by_class(codes[positions], seed)

        X = decode_kept(self, draw, n_samples, seeds, constraints)
        return (X, self.classes_[codes]) if return_y else X

    def _draw_by_class(self, codes: np.ndarray, seed: np.random.SeedSequence) -> Rows:
        """Draw a row of each of these classes from the prior."""
        source, strategy = prior_source(self)
        seeds = seed.spawn(len(self.classes_))
        counts = np.bincount(codes, minlength=len(self.classes_)).tolist()
        parts = [
            source.draw(label, count, strategy, of_class).rows
            for label, (count, of_class) in enumerate(zip(counts, seeds, strict=True))
            if count
        ]
        order = np.argsort(np.argsort(codes, kind="stable"))
        return Rows.concatenate(parts).take(torch.from_numpy(order))

    def _complete(
        self, given: Any, n_samples: int, y: Any, random_state: Any, constraints: Any
    ) -> tuple[Any, np.ndarray]:
        """Draw rows given some of their cells, and return them with their class codes."""
        completion = Completion.read(self, given, n_samples, constraints)
        n_rows = len(completion.owners)
        codes = None
        if y is not None and np.ndim(y) == 0:
            codes = np.full(n_rows, label_code(self.classes_, y))
        elif y is not None and isinstance(given, Mapping):
            codes = self._label_tensor(y, n_samples).numpy()
        elif y is not None:
            codes = self._label_tensor(y, len(completion.partial)).numpy()[completion.owners]
        return completion.draw(codes, random_state)

    def score_samples(self, X: Any, y: Any = None, *, n_importance_samples: int = 1) -> np.ndarray:
        """Return a lower bound on the log-density of each row, in the units of the rows as given.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.
        y : array-like of shape (n_samples,), optional
            Classes of the rows, for a bound on log p(x | y). Without them the bound is on log p(x), the sum over the
            classes.
        n_importance_samples : int, default=1
            As in `VAE.score_samples`.

        Returns
        -------
        ndarray of shape (n_samples,)
            Nats per row; higher is likelier.

        Raises
        ------
        ValueError
            If `y` has a class that was not fitted, or `n_importance_samples` is not positive.
        """
        check_is_fitted(self)
        n_draws = check_n_draws(n_importance_samples)
        content: Any = self._codec.read(X)
        rows = self._codec.to_rows(content)
        if y is None:
            bounds = logsumexp(self._class_bounds(rows, n_draws), axis=1)
        else:
            bounds = self._evaluation.bounds(rows, self._label_tensor(y, rows.n_rows), n_draws)
        return bounds + self._evaluation.own_units(content)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of `score_samples`, in nats per row.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.
        y : array-like of shape (n_samples,), optional
            As in :meth:`score_samples`.

        Returns
        -------
        float
        """
        return float(self.score_samples(X, y).mean())

    def _check_labels(self, y: Any, n_samples: int) -> None:
        if y is not None and np.ndim(y) == 0:
            label_code(self.classes_, y)
        elif y is not None:
            self._label_tensor(y, n_samples)

    def _draw_unit(
        self, rows: slice, y: Any, random_state: np.random.RandomState
    ) -> tuple[Any, np.ndarray | None]:
        n_rows = rows.stop - rows.start
        if y is None:
            seed = np.random.SeedSequence(draw_seed(random_state))
            labels = self.classes_[self._draw_classes(n_rows, seed)]
        elif np.ndim(y) == 0:
            return self.sample(n_rows, y, random_state, return_y=True)
        else:
            labels = np.asarray(y)[rows]
        return self.sample(n_rows, labels, random_state), labels

    def _check_classes_stay(self, classes: np.ndarray) -> None:
        if self._goes_on and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"`warm_start=True` must find the classes of the first fit {self.classes_.tolist()}, "
                f"got {classes.tolist()}"
            )

    def _class_bounds(self, rows: Rows, n_draws: int) -> np.ndarray:
        """Return bounds on log p(x, y) for every class, shape (n_rows, n_classes)."""
        log_shares = np.log(self.class_count_ / self.class_count_.sum())
        bounds = [
            self._evaluation.bounds(rows, codes, n_draws) for codes in self._each_class(rows.n_rows)
        ]
        return np.stack(bounds, axis=1) + log_shares

    def _log_posterior(self, bounds: np.ndarray) -> np.ndarray:
        """Return log p(y | x) from bounds on log p(x, y)."""
        return bounds - logsumexp(bounds, axis=1, keepdims=True)

    def _each_class(self, n_rows: int) -> list[Tensor]:
        """Return for every class its code for each row."""
        return [torch.full((n_rows,), label) for label in range(len(self.classes_))]

    def _likeliest_classes(self, points: np.ndarray) -> Tensor:
        z = torch.from_numpy(points).to(self.device_, torch.float32)
        with torch.no_grad():
            columns = [
                self.module_.prior.log_prob(z, codes.to(self.device_)).cpu()
                for codes in self._each_class(len(points))
            ]
        log_shares = torch.from_numpy(np.log(self.class_count_))
        return (torch.stack(columns, dim=1) + log_shares).argmax(1)

    def _draw_classes(self, n_samples: int, seed: np.random.SeedSequence) -> np.ndarray:
        shares = self.class_count_ / self.class_count_.sum()
        return np.random.default_rng(seed).choice(len(shares), size=n_samples, p=shares)

    def _label_tensor(self, y: Any, n_rows: int) -> Tensor:
        codes = label_codes(self.classes_, y)
        if codes.shape != (n_rows,):
            raise ValueError(f"`y` must have shape ({n_rows},), got {codes.shape}")
        return torch.from_numpy(codes)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
