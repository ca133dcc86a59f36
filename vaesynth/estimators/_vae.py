"""The variational autoencoder and the β-VAE as estimators."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import fit_context
from vaesynth._whole_fit import whole_fit
from vaesynth.estimators._base import BaseVAE, MakeCorruption
from vaesynth.estimators._checks import check_n_draws, check_n_samples, check_points
from vaesynth.estimators._draws import Completion, decode_kept, prior_source
from vaesynth.estimators._fit import GivenRows, warn_of_collapse
from vaesynth.estimators._row_evaluation import no_classes
from vaesynth.nn import Rows
from vaesynth.streaming import StreamSample

HANDLE_UNKNOWN = ("error", "typical")


class VAE(BaseVAE):
    r"""Variational autoencoder of tables or images.

    It maximises the evidence lower bound, in nats per row,

    .. math:: E_{q(z|x)}[\log p(x|z)] - \beta \, KL(q(z|x) \| p(z))

    with a diagonal normal encoder, and one likelihood per kind of column or one for all pixels.

    Parameters
    ----------
    latent_dim : int or "auto", default="auto"
        Number of latents; of spatial networks at each position of the grid. "auto" takes 16 for images; for
        tables one per cell of an encoded row, up to 16, and up to 32 from 5,000 rows on.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Widths of the encoder's hidden layers; the decoder mirrors them. For convolutional networks one number of
        channels. "auto" takes (256, 128) for images, or 64 channels, 96 of spatial ones; for tables (64, 64), and
        (256, 256) from 5,000 rows on.
    decoder : {"auto", "independent", "autoregressive"}, default="auto"
        Whether the cells of a row are independent given the latents, or each depends on those before it as well. With
        "autoregressive", drawn rows are far more similar to real ones, but latents keep little: the dependence between
        columns no longer passes through them, and `reconstruct` does not return similar rows. "auto" is "independent".
        For tables only.
    activation : {"silu", "relu", "tanh"}, default="silu"
        Activation between the layers.
    network : {"auto", "dense", "conv", "spatial"}, default="auto"
        Kind of the networks for images; "auto" is "dense", which learns more in the same time on a CPU. With "conv" an
        image passes one vector of latents; with "spatial" each patch of 4 × 4 pixels has latents of its own, so
        that detail comes through, and :meth:`sample` draws no likenesses. Tables have dense ones.
    likelihood : {"auto", "bernoulli", "gaussian", "squared_error", "discretized_logistic"}, default="auto"
        Distribution of a pixel. "bernoulli" takes grey as the probability of white; "gaussian" is a normal with one
        learned scale for all pixels; "squared_error" one of standard deviation 1; "discretized_logistic" gives each
        level of whole-number pixels a probability. "auto" takes "bernoulli" for images of two levels, else "gaussian".
        For tables "auto" alone: the kind of a column decides.
    prior : {"auto", "standard_normal", "class_gaussian", "gaussian_mixture", "vamp", "flow"}, default="auto"
        Distribution p(z) of the latents, from which :meth:`sample` draws. "auto" is "standard_normal" for tables and
        "gaussian_mixture" for images, but for spatial networks. "class_gaussian" is a normal that is learned.
        "gaussian_mixture" and "flow" (a normalising flow, with the extra ``flow``) are fitted to the encoded rows after
        training under the standard normal; "vamp" is a mixture of the posteriors of learned rows.
    prior_n_components : int, default=50
        Components of "gaussian_mixture" and "vamp".
    beta : float or "auto", default="auto"
        Weight of the KL term in the objective; "auto" is 1.
    free_bits : float, default=0.0
        Nats of each latent, as a mean over the batch, that the KL term does not charge.
    kl_warm_up : float, default=0.3
        Share of the training steps, or of a cycle, over which the weight of the KL term rises from 0.
    kl_n_cycles : int, default=1
        Cycles of that weight, each beginning at 0.
    learning_rate : {"one_cycle", "constant"}, default="one_cycle"
        Whether the learning rate of AdamW goes up and down in one cycle.
    learning_rate_init : float or "auto", default="auto"
        Peak of the cycle, or the constant rate. "auto" is 2e-3, and 4e-3 for images through dense or spatial networks
        and for autoregressive decoders.
    weight_decay : float or "auto", default="auto"
        Decoupled weight decay of AdamW. "auto" is 1e-4; for autoregressive decoders 1 up to 7,000 rows, and less of
        more rows in proportion.
    max_iter : int or "auto", default="auto"
        Epochs at most; an epoch draws as many rows as there are. "auto" takes as many as make 3,250 steps for images,
        3,000 of spatial networks; tables train for at least 1,000 steps, and for 8 epochs from 5,000 rows on;
        autoregressive decoders for 14 epochs and at least 300 to 800 steps, 6 and 370 from 20,000 rows on, and at most
        5,000.
    batch_size : int or "auto", default="auto"
        Rows in a step. "auto" takes 128, 64 for spatial networks, 512 for tables from 5,000 rows on (autoregressive
        decoders 256, and 512 from 20,000 rows on), and an eighth of fewer than 1,024 images but at least 16.
    early_stopping : bool or "auto", default="auto"
        Whether to hold rows out, stop when their loss no longer falls and keep the best weights. "auto" does so from
        5,000 rows on, but for autoregressive decoders.
    validation_fraction : float, default=0.1
        Share of the rows to hold out.
    n_iter_no_change : int or "auto", default="auto"
        Epochs without improvement before training stops; "auto" is 5.
    tol : float, default=1e-3
        Improvement of the held-out loss that counts, in nats per row.
    categorical_features : "auto" or array-like, default="auto"
        As in imbalanced-learn's SMOTENC: mask, positions or names. "auto" uses the types of the columns; columns that
        cannot be numbers are always categories. It has no effect on images.
    numeric_encoding : {"auto", "gaussianize", "standardize", "asinh", "bins"}, default="auto"
        How the network sees numbers of tables. All but "bins" have a normal likelihood with a learned scale.
        "gaussianize" takes half the robustly standardised number and half the normal score of its rank, so that
        neither a heavy tail nor a single far number squeezes the others. "standardize" subtracts the mean and divides
        by the standard deviation; "asinh" takes the inverse hyperbolic sine of that. "bins" are quantile bins under a
        categorical likelihood, smooth inside a bin. "auto" is "gaussianize", but "bins" for autoregressive decoders
        from 1,000 rows on.
    constraints : str, callable or sequence of those, default=()
        Rules that the rows of a table keep: comparisons of columns as `pandas.DataFrame.eval` has them, such as
        ``"start <= end"`` or ``"total == months * monthly"``, or functions that take rows and return for each whether
        it is right, or a float that must not be negative. `fit` refuses a table that breaks one, and rows that
        :meth:`sample` draws keep them all; see Notes.
    warm_start : bool, default=False
        Whether a further `fit` trains the fitted model on, with the columns and scales of the first fit.
    privacy : PrivacyBudget or None, default=None
        Makes the fit differentially private, for tables; needs the extra ``vaesynth[private]``. See Notes.
    device : str or torch.device, default="auto"
        Where to train: "auto" takes CUDA where there is one, else the CPU.
    mixed_precision : bool, default=False
        Whether a training step takes its matrix products in bfloat16. Weights, log-likelihoods and all that the fitted
        model computes are in float32.
    n_jobs : int or None, default=None
        Threads; None means as many as torch is set to use. The rows do not depend on their number.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; the global random states of numpy and torch are neither read nor written.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    latent_dim_ : int
        Number of latents.
    active_units_ : int
        Latents whose posterior mean varies over the training rows with a variance above 0.01.
    kl_per_latent_ : ndarray of shape (latent_dim_,)
        Mean KL divergence of a training row's posterior from the prior in each latent, in nats; for
        "gaussian_mixture", "vamp" and "flow", from the normal that suits all posteriors best.
    privacy_spent_ : PrivacySpent or None
        The (ε, δ) that a private fit has spent, at most its budget; None of any other fit. After a private fit
        `active_units_` and `kl_per_latent_` are None, and no term of the objective is recorded.
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

    Notes
    -----
    An equality with a column alone on one side computes that column from the others, in its own type, rounded to its
    digits. Rows that break another rule, or whose computed number is outside the range of the fitted ones, are drawn
    again; :meth:`sample` raises an error if fewer than one row in a thousand keeps the rules. A comparison ignores rows
    in which one of its cells is missing. In a stream, the rows that stay in memory are checked. A model with functions
    cannot be saved.

    A private fit is trained on noisy sums of cut gradients (DP-SGD). Every row of any class takes part in each step
    independently, with the same probability: the batch size over the number of rows. The budget is counted for all
    steps. The guarantee is that the weights are nearly as likely, within (ε, δ), as if the cells of any one row had
    taken part in no step. A person with several rows is not protected as one.

    The guarantee does not cover what is read from the table before training: the names and types of the columns, their
    bounds, digits, levels and few distinct values, scales or quantile bins, the number of rows and, in a `CVAE`, of
    each class. Drawn rows stay within these, and :meth:`save` writes them. If they are secret, such as a name that one
    row has or a highest income, remove such columns first, or round and clip them to public values.

    A private fit refuses early stopping, warm starts, free bits, row weights and priors other than "standard_normal"
    and "class_gaussian", and skips closed forms for prior and scales, because these look at rows without noise. The
    noise never comes from `random_state`, because whoever knows the seed could subtract it; so two private fits differ.
    Its generator is not cryptographically secure.

    References
    ----------
    Kingma, Welling, "Auto-Encoding Variational Bayes", ICLR 2014; Rybkin, Daniilidis, Levine, "Simple and Effective VAE
    Training with Calibrated Decoders", ICML 2021 (learned scales); Abadi et al., "Deep Learning with Differential
    Privacy", CCS 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth import VAE
    >>> X = load_iris(as_frame=True).data
    >>> vae = VAE(latent_dim=2, random_state=0).fit(X)
    >>> vae.transform(X).shape, vae.sample(16).shape, vae.score_samples(X).shape
    ((150, 2), (16, 4), (150,))
    """

    @whole_fit
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the distribution of the rows.

        Parameters
        ----------
        X : table of shape (n_samples, n_features), or ndarray of images
            Any container that `TableEncoder` takes; or images of shape (n_samples, height, width) or
            (n_samples, n_channels, height, width), bytes, other numbers or booleans.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `X` or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.

        Warns
        -----
        PosteriorCollapseWarning
            If no latent tells rows apart.
        """
        self._fit_rows(self._without_classes(X))
        warn_of_collapse(self)
        return self

    @whole_fit
    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: ARG002
        """Learn the distribution of the rows, and return their posterior means; `X` is read once.

        Parameters
        ----------
        X : table of shape (n_samples, n_features), or ndarray of images
            As in :meth:`fit`.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_samples, latent_dim_)
            As from :meth:`transform`.
        """
        self._validate_params()
        given = self._without_classes(X)
        self._fit_rows(given)
        warn_of_collapse(self)
        return self._evaluation.means(given.rows, no_classes(given.rows.n_rows)).numpy()

    def _fit_sample(self, sample: StreamSample) -> None:
        self._fit_rows(self._without_classes(sample.X, sample))

    def _without_classes(self, X: Any, sample: StreamSample | None = None) -> GivenRows:
        codec, rows = self._read(X, sample)
        codes = np.zeros(rows.n_rows, dtype=np.int64)
        return GivenRows(codec, rows, codes, 1, np.ones(rows.n_rows))

    def transform(self, X: Any) -> Any:
        """Return posterior means of the latents.

        Parameters
        ----------
        X : table or images like the fitted
            What to encode.

        Returns
        -------
        ndarray of shape (n_samples, latent_dim_)
            Or a frame, see `set_output`.
        """
        check_is_fitted(self)
        rows = self._codec.encode(X)
        return self._evaluation.means(rows, no_classes(rows.n_rows)).numpy()

    def inverse_transform(self, X: Any) -> Any:
        """Return the likeliest rows at latent points.

        Parameters
        ----------
        X : array-like of shape (n_samples, latent_dim_)
            Latent points.

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
        return self._evaluation.decode(points, no_classes(len(points)))

    def reconstruct(self, X: Any) -> Any:
        """Return rows as the model has them: the likeliest at their posterior means.

        Parameters
        ----------
        X : table or images like the fitted
            What to encode and decode.

        Returns
        -------
        table or images
            In the container and types of the fitted.
        """
        check_is_fitted(self)
        rows = self._codec.encode(X)
        codes = no_classes(rows.n_rows)
        return self._evaluation.decode(self._evaluation.means(rows, codes).numpy(), codes)

    def sample(
        self,
        n_samples: int = 1,
        random_state: Any = None,
        *,
        given: Any = None,
        constraints: Any = None,
    ) -> Any:
        """Draw new rows: latent points from the prior, then rows of a table from p(x | z), images as its mean.

        With `given` the other cells of a row are drawn from their distribution given those cells.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows; of each given row where `given` is a table.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. None goes on in the stream of the fit: every call gives other rows.
        given : mapping of column to content, or table, optional
            Cells that all rows have, or a table of rows to complete, as in `CVAE.sample`.
        constraints : str, callable or sequence of those, optional
            Rules for these rows, beside those of the model. No real rows are there to be checked.

        Returns
        -------
        table or images
            In the container and types of the fitted.

        Raises
        ------
        ValueError
            If `n_samples` is not positive, or what is given is refused; see `CVAE.sample`. If too few of the drawn rows
            keep the rules.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from vaesynth import VAE
        >>> X = pd.DataFrame({"size": np.repeat([1.0, 5.0], 40), "kind": ["small"] * 40 + ["large"] * 40})
        >>> vae = VAE(random_state=0).fit(X)
        >>> vae.sample(given=X[["kind"]].iloc[[0, -1]], random_state=0)["kind"].tolist()
        ['small', 'large']
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        if given is not None:
            return Completion.read(self, given, n_samples, constraints).draw(None, random_state)[0]
        source, strategy = prior_source(self)

        def draw(positions: np.ndarray, seed: np.random.SeedSequence) -> Rows:
            return source.draw(0, len(positions), strategy, seed).rows

        return decode_kept(self, draw, n_samples, self._draw_seeds(random_state), constraints)

    def score_samples(
        self, X: Any, *, n_importance_samples: int = 1, units: str = "own"
    ) -> np.ndarray:
        """Return a lower bound on the log-density of each row, in the units of the rows as given.

        Numbers and normally distributed pixels have densities; categories, and levels of pixels under
        "discretized_logistic", have probabilities; under "bernoulli" grey pixels have the negative cross-entropy of
        their values between 0 and 1, which is neither. The draws behind a row's bound depend on the row alone.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.
        n_importance_samples : int, default=1
            Posterior draws for each row. 1 gives the evidence lower bound, estimated without bias; more give the
            tighter bound of importance weighting, which rises to log p(x) with their number.
        units : {"own", "encoded"}, default="own"
            Whether densities are those of numbers as given, or of numbers as the network sees them. The latter do not
            depend on the units of measurement, and do not change their weight relative to the probabilities of other
            cells.

        Returns
        -------
        ndarray of shape (n_samples,)
            Nats per row; higher is likelier.

        Raises
        ------
        ValueError
            If `n_importance_samples` is not positive, or `units` unknown.

        References
        ----------
        Burda, Grosse, Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016.
        """
        check_is_fitted(self)
        n_draws = check_n_draws(n_importance_samples)
        check_units(units)
        content: Any = self._codec.read(X)
        rows = self._codec.to_rows(content)
        bounds = self._evaluation.bounds(rows, no_classes(rows.n_rows), n_draws)
        return bounds + self._evaluation.own_units(content) if units == "own" else bounds

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002
        """Return the mean of `score_samples`, in nats per row.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.
        y : None
            Ignored.

        Returns
        -------
        float
        """
        return float(self.score_samples(X).mean())

    def score_columns(
        self,
        X: Any,
        *,
        n_importance_samples: int = 1,
        units: str = "own",
        handle_unknown: str = "error",
    ) -> np.ndarray:
        """Return the bound of each row as what its columns add and what its latents take.

        A column adds the log-likelihood of its cell given the latents, a mean over the posterior draws by their
        importance. The sums over a row are what ``score_samples`` gives.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.
        n_importance_samples : int, default=1
            As in ``score_samples``.
        units : {"own", "encoded"}, default="own"
            As in ``score_samples``.
        handle_unknown : {"error", "typical"}, default="error"
            What to do with contents that fit has not seen.

        Returns
        -------
        ndarray of shape (n_samples, n_features_in_ + 1)
            Nats; the last column is that of the latents, negative by as much as they are charged.

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        check_is_fitted(self)
        n_draws = check_n_draws(n_importance_samples)
        check_units(units)
        content = self._read_cells(X, handle_unknown)
        rows = self._codec.to_rows(content)
        module = self._evaluation.module
        parts = self._evaluation.map_with_noise(
            module.bound_by_cell, rows, no_classes(rows.n_rows), n_draws
        )
        columns = self._codec.sum_by_column(parts[:, :-1])
        if units == "own" and self.module_.head.is_density:
            columns = columns + self._codec.log_abs_det_by_column(content)
        return np.column_stack([columns, parts[:, -1]])

    def unknown_cells(self, X: Any) -> np.ndarray:
        """Return where cells have contents that the fitted table did not have.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to look through; pixels are never unknown.

        Returns
        -------
        ndarray of bool, shape (n_samples, n_features_in_)
            Categories that were not in fit, and missing cells in columns that had none.
        """
        check_is_fitted(self)
        return self._codec.read_known(X)[1]

    def _read_cells(self, X: Any, handle_unknown: str) -> Any:
        """Return the rows that the codec reads; contents that fit has not seen are refused or become typical ones."""
        if handle_unknown not in HANDLE_UNKNOWN:
            raise ValueError(
                f"`handle_unknown` must be one of {HANDLE_UNKNOWN}, got {handle_unknown!r}"
            )
        is_strict = handle_unknown == "error"
        return self._codec.read(X) if is_strict else self._codec.read_known(X)[0]

    def _check_labels(self, y: Any, n_samples: int) -> None:  # noqa: ARG002
        if y is not None:
            raise ValueError(
                f"`y` must be None for a {type(self).__name__}, which has no classes, got {y!r}"
            )

    def _draw_unit(
        self,
        rows: slice,
        y: Any,  # noqa: ARG002
        random_state: np.random.RandomState,
    ) -> tuple[Any, np.ndarray | None]:
        return self.sample(rows.stop - rows.start, random_state), None


class BetaVAE(VAE):
    r"""Variational autoencoder with a larger weight of the KL term, which separates factors of variation.

    With β above 1, information in the latents costs more. Independent factors of variation in the data then tend to use
    separate latents, at the price of detail. If β is too large, no latent carries information, and `fit` gives a
    `PosteriorCollapseWarning`.

    Parameters
    ----------
    beta : float or "auto", default="auto"
        Weight of the KL term in the objective; "auto" is 4.
    **others
        As in `VAE`.

    References
    ----------
    Higgins et al., "beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework", ICLR 2017.

    Examples
    --------
    >>> from vaesynth import BetaVAE
    >>> from vaesynth.datasets import make_shapes
    >>> images, factors = make_shapes(200, image_size=16, random_state=0)
    >>> vae = BetaVAE(latent_dim=6, beta=2, max_iter=10, random_state=0).fit(images)
    >>> vae.transform(images).shape
    (200, 6)
    """

    _automatic_beta: ClassVar[float] = 4.0


def fit_denoising(vae: VAE, X: Any, make_corruption: MakeCorruption) -> VAE:
    """Fit a model to give clean rows for noisy ones: its `transform` and `reconstruct` then expect noisy rows.

    The encoder reads noisy copies of the rows, new ones in each step; the likelihood is that of the clean rows.

    Parameters
    ----------
    vae : VAE
        The model to fit, in place.
    X : table or images as in :meth:`VAE.fit`
        Clean rows.
    make_corruption : callable
        Makes the `Corruption` from what encodes rows and the encoded rows.

    Returns
    -------
    VAE
        The same model, fitted.

    Raises
    ------
    ValueError
        As in :meth:`VAE.fit`; also if the model is to be fitted privately.

    References
    ----------
    Im, Ahn, Memisevic, Bengio, "Denoising Criterion for Variational Auto-Encoding Framework", AAAI 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from vaesynth import VAE
    >>> from vaesynth.estimators import fit_denoising
    >>> from vaesynth.nn import GaussianCorruption
    >>> X = load_digits().images / 16
    >>> vae = VAE(max_iter=5, random_state=0)
    >>> fit_denoising(vae, X, lambda codec, rows: GaussianCorruption(0.1, 0.2)).reconstruct(X).shape
    (1797, 8, 8)
    """
    vae._validate_params()
    vae._fit_rows(vae._without_classes(X), make_corruption)
    warn_of_collapse(vae)
    return vae


def read_known(vae: VAE, X: Any) -> tuple[Any, np.ndarray]:
    """Return the rows as a fitted model reads them, with typical contents for unseen ones, and where those were.

    Parameters
    ----------
    vae : VAE
        A fitted model.
    X : table or images like the fitted
        Rows to read.

    Returns
    -------
    content : Table, or ndarray of images
        Stands for `X` in the methods of the model that score rows: `X` is not read again.
    is_unseen : ndarray of bool, shape (n_samples, n_features_in_)
        As from :meth:`VAE.unknown_cells`.
    """
    return vae._codec.read_known(X)


def check_units(units: Any) -> None:
    """Raise an error if the units of densities are not known."""
    if units not in ("own", "encoded"):
        raise ValueError(f"`units` must be 'own' or 'encoded', got {units!r}")
