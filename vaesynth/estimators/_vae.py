"""The variational autoencoder and the β-VAE as estimators."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import fit_context, num_samples
from vaesynth.estimators._base import MakeCorruption, no_classes
from vaesynth.estimators._row_estimator import check_n_draws
from vaesynth.estimators._row_scores import RowScores, check_units
from vaesynth.streaming import StreamSample


class VAE(RowScores):
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
        "autoregressive" drawn rows are far more like real ones, while latents keep little: what columns say of each
        other no longer passes through them, and `reconstruct` is no likeness. "auto" is "independent". For tables only.
    activation : {"silu", "relu", "tanh"}, default="silu"
        What stands between the layers.
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
        autoregressive decoders for 10 epochs and at least 500 steps, 6 and 370 from 20,000 rows on, and at most 5,000.
    batch_size : int or "auto", default="auto"
        Rows in a step. "auto" takes 128, 64 for spatial networks, 512 for tables from 5,000 rows on (autoregressive
        decoders 256, and 512 from 20,000 rows on), and an eighth of fewer than 1,024 images but at least 16.
    early_stopping : bool or "auto", default="auto"
        Whether to hold rows out, stop when their loss no longer falls and keep the best weights. "auto" does so from
        5,000 rows on, but for autoregressive decoders.
    validation_fraction : float, default=0.1
        Share of the rows to hold out.
    n_iter_no_change : int, default=5
        Epochs without improvement before training stops.
    tol : float, default=1e-3
        Improvement of the held-out loss that counts, in nats per row.
    categorical_features : "auto" or array-like, default="auto"
        As in imbalanced-learn's SMOTENC: mask, positions or names. "auto" goes by the columns' types; columns that
        cannot be numbers are categories in any case. Of no effect for images.
    numeric_encoding : {"auto", "standardize", "asinh", "bins"}, default="auto"
        How the network sees numbers of tables: as standardised values under a normal likelihood with a learned scale,
        as the inverse hyperbolic sines of such values, which draw far numbers in as a logarithm does, or as quantile
        bins under a categorical likelihood, smooth inside a bin. "auto" takes bins from 5,000 rows on.
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
    A private fit is trained on noisy sums of cut gradients (DP-SGD). Every row takes part in each step with the same
    probability, batch size over number of rows, by itself, whatever its class; the budget is counted for all steps.
    What then holds: the weights are nearly as likely as if the cells of any one row had taken part in no step, within
    (ε, δ). Who has several rows is not protected as one.

    Not protected is what is read from the table before training: the names and types of the columns, their bounds,
    digits, levels and few distinct values, scales or quantile bins, the number of rows and, in a `CVAE`, of each class.
    Drawn rows keep to these, and :meth:`save` writes them. Where they are secrets, such as a name that one row has or
    a highest income, take such columns out or round and clip them to public values first.

    Early stopping, warm starts, free bits, row weights and priors other than "standard_normal" and "class_gaussian"
    are refused, and closed forms for prior and scales left out, as they look at rows without noise. The noise never
    comes from `random_state`, with which it could be taken off again: two private fits differ. Its generator is not
    one for cryptography.

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
        self._fit_rows(X, None)
        self._warn_of_collapse()
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_denoising(self, X: Any, make_corruption: MakeCorruption) -> Self:
        """Learn to give clean rows for noisy ones: `transform` and `reconstruct` then expect noisy rows.

        The encoder reads noisy copies of the rows, new ones in each step; the likelihood is that of the clean rows.
        `VAEDenoiser` calls it.

        Parameters
        ----------
        X : table or images as in :meth:`fit`
            Clean rows.
        make_corruption : callable
            Makes the `Corruption` from what encodes rows and the encoded rows.

        Returns
        -------
        self

        References
        ----------
        Im, Ahn, Memisevic, Bengio, "Denoising Criterion for Variational Auto-Encoding Framework", AAAI 2017.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from vaesynth import VAE
        >>> from vaesynth.nn import GaussianCorruption
        >>> X = load_digits().images / 16
        >>> vae = VAE(max_iter=5, random_state=0)
        >>> vae.fit_denoising(X, lambda codec, rows: GaussianCorruption(0.1, 0.2)).reconstruct(X).shape
        (1797, 8, 8)
        """
        self._fit_rows(X, make_corruption)
        self._warn_of_collapse()
        return self

    def _fit_rows(self, X: Any, make_corruption: MakeCorruption | None) -> None:
        n_rows = num_samples(X)
        codes = np.zeros(n_rows, dtype=np.int64)
        self._fit_model(X, codes, 1, np.ones(n_rows), make_corruption)

    def _fit_sample(self, sample: StreamSample) -> None:
        n_rows = len(sample.positions)
        codes = np.zeros(n_rows, dtype=np.int64)
        self._fit_model(sample.X, codes, 1, np.ones(n_rows), sample=sample)

    def transform(self, X: Any) -> Any:
        """Posterior means of the latents.

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
        return self._means(rows, no_classes(rows.n_rows)).numpy()

    def inverse_transform(self, X: Any) -> Any:
        """Give the likeliest rows at latent points.

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
        points = self._check_points(X)
        return self._decode(points, no_classes(len(points)))

    def reconstruct(self, X: Any) -> Any:
        """Rows as the model has them: the likeliest at their posterior means.

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
        return self._decode(self._means(rows, codes).numpy(), codes)

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Draw new rows: latent points from the prior, then rows of a table from p(x | z), images as its mean.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. None goes on in the stream of the fit: every call gives other rows.

        Returns
        -------
        table or images
            In the container and types of the fitted.

        Raises
        ------
        ValueError
            If `n_samples` is not positive.
        """
        check_is_fitted(self)
        source, strategy = self._prior_source()
        return self.draw(source, strategy, 0, n_samples, random_state)[0]

    def score_samples(
        self, X: Any, *, n_importance_samples: int = 1, units: str = "own"
    ) -> np.ndarray:
        """Give a lower bound on the log-density of each row, in the units of the rows as given.

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
            change with the units of measurement, neither by themselves nor beside probabilities of other cells.

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
        rows = self._codec.encode(X)
        bounds = self._bounds(rows, no_classes(rows.n_rows), n_draws)
        return bounds + self._own_units(X) if units == "own" else bounds

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002
        """Give the mean of `score_samples`, in nats per row.

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

    @property
    def _has_classes(self) -> bool:
        return False

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
    r"""Variational autoencoder whose KL term weighs more, so that latents come apart.

    With β above 1 a latent must pay for what it tells; factors of variation that are independent in the data then tend
    to take a latent each, at the price of detail. With β too large no latent tells anything, of which
    `PosteriorCollapseWarning` warns.

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
