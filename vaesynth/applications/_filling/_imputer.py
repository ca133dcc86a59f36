"""Missing cells of tables, from their distribution given the cells that are there."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import check_feature_names_in, fit_context
from vaesynth._validation import draw_seed, make_torch_generator, resolve_device
from vaesynth.applications._filling._partial_tables import PartialTableCodec
from vaesynth.estimators import (
    MODEL_CONSTRAINTS,
    check_count,
    draw_row_noise,
    map_chunks,
    move,
    remember_features,
    resolve,
)
from vaesynth.models import ConditionalRowVAE
from vaesynth.nn import Rows
from vaesynth.saving import Savable
from vaesynth.tabular import Table, accept_any_table
from vaesynth.training import TrainingData, TrainingPlan, train

LATENT_DIM = 8
WIDTHS = (256, 256)
N_STEPS = 3_000
BATCH_SIZE = 256
# Pairs of latent points that an expectation averages over.
N_LATENT_DRAWS = 16
# Fewer rows than this are all learned from: too few would be left to say when to stop.
LEAST_ROWS_TO_HOLD_OUT = 200
N_EPOCHS_TO_CHECK = 30

# Parameters that mean what they mean in the estimators.
SHARED = [
    "latent_dim",
    "hidden_layer_sizes",
    "beta",
    "learning_rate_init",
    "weight_decay",
    "max_iter",
    "batch_size",
    "early_stopping",
    "validation_fraction",
    "n_iter_no_change",
    "categorical_features",
    "device",
    "n_jobs",
    "random_state",
    "verbose",
]


class VAEImputer(Savable, TransformerMixin, BaseEstimator):
    r"""Impute missing cells of tables of any columns, once or many times, from one model of all of them.

    A conditional variational autoencoder learns the distribution of any cells of a row given any others,
    p(x_mis | x_obs): each training step hides cells that are there and asks for them back. Rows with missing cells are
    learned from as they are, and rows to complete may lack any cells, also in columns that had none missing in fit.

    Cells that are there come back as they were. A missing number becomes its conditional mean, a missing category the
    likeliest one; with `sample_posterior`, and in :meth:`sample_imputations`, a row's missing cells are drawn jointly.

    Parameters
    ----------
    sample_posterior : bool, default=False
        Whether :meth:`transform` draws missing cells in place of their mean or mode. The draw is the same each time.
    add_indicator : bool, default=False
        Whether a column of truth values follows for each column that had missing cells in fit, which says where they
        are. For arrays and pandas frames.
    latent_dim : int or "auto", default="auto"
        Number of latents; "auto" is 8.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Widths of the hidden layers; "auto" is (256, 256).
    hidden_share : (float, float), default=(0.05, 0.6)
        Smallest and largest share of the cells of a row that a training step hides.
    beta : float, default=1.0
        Weight of the KL term in the objective.
    learning_rate_init : float, default=5e-3
        Peak of the one-cycle learning rate of AdamW.
    weight_decay : float, default=1e-2
        Decoupled weight decay.
    max_iter : int or "auto", default="auto"
        Epochs at most; an epoch draws as many rows as there are. "auto" takes 30 of 100 steps each, whatever the
        number of rows.
    batch_size : int or "auto", default="auto"
        Rows in a step; "auto" takes 256, and an eighth of fewer than 2,048 rows but at least 16.
    early_stopping : bool or "auto", default="auto"
        Whether to hold rows out, stop when their loss no longer falls and keep the best weights. "auto" does so from
        200 rows on.
    validation_fraction : float, default=0.1
        Share of the rows to hold out.
    n_iter_no_change : int, default=10
        Epochs without improvement before training stops.
    categorical_features : "auto" or array-like, default="auto"
        As in `TableEncoder`.
    device : str or torch.device, default="auto"
        Where to train: "auto" takes CUDA where there is one, else the CPU.
    n_jobs : int or None, default=None
        Threads; None means as many as torch is set to use. Nothing depends on their number.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; the global random states of numpy and torch are neither read nor written.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    latent_dim_ : int
        Number of latents.
    history_ : History
        Terms of the objective per epoch, in nats per row.
    loss_curve_ : list of float
        Training loss per epoch.
    n_iter_ : int
        Epochs run.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    Notes
    -----
    It is assumed that cells are missing at random: whether one is missing may depend on cells that are there, not on
    what it would have held.

    Means are averaged over 32 latent points, which a row's own cells decide: a row is completed the same way in any
    company. Draws take a row's missing cells one by one in random order, each from its distribution given those that
    are there or already drawn, up to 16 at a time; importance weights, which models of whole rows need at this point,
    are 1 here. Numbers that are drawn keep to the bounds, the digits and the few distinct values that were seen; means
    keep to the bounds. Where a column's type holds whole numbers alone, they are rounded.

    A column without any cell in fit stays without.

    References
    ----------
    Ivanov, Figurnov, Vetrov, "Variational Autoencoder with Arbitrary Conditioning", ICLR 2019; Mattei, Frellsen,
    "MIWAE: Deep Generative Modelling and Imputation of Incomplete Data Sets", ICML 2019 (multiple imputation by a VAE);
    Rubin, "Multiple Imputation for Nonresponse in Surveys", Wiley 1987.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from vaesynth.applications import VAEImputer
    >>> rng = np.random.default_rng(0)
    >>> size = rng.normal(size=300)
    >>> X = pd.DataFrame({"size": size, "twice": 2 * size, "sign": np.where(size > 0, "+", "-")})
    >>> imputer = VAEImputer(max_iter=60, random_state=0).fit(X)
    >>> gaps = pd.DataFrame({"size": [1.0, None], "twice": [None, -2.0], "sign": [None, "-"]})
    >>> imputer.transform(gaps)["sign"].tolist()
    ['+', '-']
    >>> len(imputer.sample_imputations(gaps, n_draws=3, random_state=0))
    3
    """

    _parameter_constraints: ClassVar[dict] = {
        **{name: MODEL_CONSTRAINTS[name] for name in SHARED},
        "hidden_share": ["array-like"],
        "sample_posterior": ["boolean"],
        "add_indicator": ["boolean"],
    }

    def __init__(
        self,
        *,
        sample_posterior: bool = False,
        add_indicator: bool = False,
        latent_dim: int | str = "auto",
        hidden_layer_sizes: Any = "auto",
        hidden_share: tuple[float, float] = (0.05, 0.6),
        beta: float = 1.0,
        learning_rate_init: float = 5e-3,
        weight_decay: float = 1e-2,
        max_iter: int | str = "auto",
        batch_size: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        categorical_features: Any = "auto",
        device: Any = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.sample_posterior = sample_posterior
        self.add_indicator = add_indicator
        self.latent_dim = latent_dim
        self.hidden_layer_sizes = hidden_layer_sizes
        self.hidden_share = hidden_share
        self.beta = beta
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.categorical_features = categorical_features
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn how the cells of a row depend on each other.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            Any container that `TableEncoder` takes, with missing cells or without.
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
        """
        self._check_hidden_share()
        device = resolve_device(self.device)
        codec = PartialTableCodec(self.categorical_features, type(self).__name__)
        rows = codec.fit(X)
        self._check_indicator(X)
        seeds = np.random.SeedSequence(draw_seed(self.random_state)).generate_state(2, np.uint64)
        self._codec, self._draw_seed, self.device_ = codec, int(seeds[1] >> np.uint64(32)), device
        remember_features(self, codec.n_features, codec.feature_names)
        generator = make_torch_generator(int(seeds[0] >> np.uint64(1)))
        self.module_ = self._build(generator).to(device)
        self._train(move(rows, device), generator)
        return self

    def transform(self, X: Any) -> Any:
        """Complete a table.

        Parameters
        ----------
        X : table of shape (n_samples, n_features_in_)
            With the fitted columns.

        Returns
        -------
        table of shape (n_samples, n_features_in_), or more columns with `add_indicator`
            In the container and types of the fitted; lists of rows come back as an array.
        """
        check_is_fitted(self)
        if self.sample_posterior:
            return self.sample_imputations(X, 1, random_state=self._draw_seed)[0]
        table, rows, lacking = self._open(X)
        filling = table
        if lacking.any():
            expected = self._expect(rows.take(torch.from_numpy(np.flatnonzero(lacking))))
            filling = _spread(table, expected, lacking)
        return self._finish(table, filling, X)

    def sample_imputations(self, X: Any, n_draws: int = 5, *, random_state: Any = None) -> list:
        """Draw completed tables: multiple imputation.

        Analyse each and pool what comes out by Rubin's rules.

        Parameters
        ----------
        X : table of shape (n_samples, n_features_in_)
            With the fitted columns.
        n_draws : int, default=5
            Number of completed tables.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None asks the operating system for one.

        Returns
        -------
        list of n_draws tables
            Each as from :meth:`transform`.

        Raises
        ------
        ValueError
            If `n_draws` is not an integer of at least 1.
        """
        check_is_fitted(self)
        n_draws = check_count("n_draws", n_draws)
        table, rows, lacking = self._open(X)
        index = torch.from_numpy(np.flatnonzero(lacking))
        generator = make_torch_generator(draw_seed(random_state))
        imputations = []
        for _ in range(n_draws):
            filling = table
            if lacking.any():
                filling = _spread(table, self._draw(rows.take(index), generator), lacking)
            imputations.append(self._finish(table, filling, X))
        return imputations

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Give the names of the columns that `transform` gives.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns of a table without names.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        names = check_feature_names_in(self, input_features)
        return np.concatenate([names, self._indicator_names(names)]).astype(object)

    def _open(self, X: Any) -> tuple[Table, Rows, np.ndarray]:
        table = self._codec.read(X)
        lacking = np.asarray(self._codec.find_missing(table).any(axis=1))
        return table, self._codec.to_rows(table), lacking

    def _expect(self, rows: Rows) -> Table:
        """Give expected cells, in double precision and from noise of each row: they do not depend on other rows."""
        module = copy.deepcopy(self.module_).double()
        levels = module.head.levels
        n_values = rows.values.shape[1]

        def expect(part: Rows) -> torch.Tensor:
            noise = draw_row_noise(part, N_LATENT_DRAWS, self.latent_dim_)
            # Of each pair of opposite points what is linear in the latents cancels out.
            return torch.cat(module.expect(part, torch.cat([noise, -noise])), dim=1)

        exact = Rows(rows.values.double(), rows.present.double(), rows.codes)
        cells = map_chunks(expect, exact, self.device_)
        return self._codec.expect(cells[:, :n_values], cells[:, n_values:], levels.cpu())

    def _draw(self, rows: Rows, generator: torch.Generator) -> Table:
        def draw(part: Rows) -> Rows:
            return self.module_.sample(part, generator)

        drawn = map_chunks(draw, rows, self.device_)
        seed = int(torch.randint(2**62, (1,), generator=generator))
        return self._codec.draw(drawn, seed)

    def _finish(self, table: Table, filling: Table, X: Any) -> Any:
        completed = self._codec.complete(table, filling, X)
        if not self.add_indicator:
            return completed
        flags = self._codec.find_missing(table)[:, self._codec.indicated]
        if isinstance(completed, pd.DataFrame):
            names = self._indicator_names(np.asarray(completed.columns, dtype=object))
            return completed.join(pd.DataFrame(flags, columns=names, index=completed.index))
        return np.hstack([completed, flags])

    def _indicator_names(self, names: np.ndarray) -> np.ndarray:
        if not self.add_indicator:
            return np.empty(0, dtype=object)
        return np.array([f"missingindicator_{names[i]}" for i in self._codec.indicated], object)

    def _build(self, generator: torch.Generator) -> ConditionalRowVAE:
        cells = self._codec.cells
        self.latent_dim_ = int(resolve(self.latent_dim, LATENT_DIM))
        return ConditionalRowVAE(
            cells.n_values_,
            cells.cardinalities_,
            cells.state_codes_,
            self.latent_dim_,
            [int(width) for width in resolve(self.hidden_layer_sizes, WIDTHS)],
            generator,
            (float(self.hidden_share[0]), float(self.hidden_share[1])),
        )

    def _rebuild_modules(self) -> None:
        """Build the module as the fit did, for weights that are read from a file."""
        self.module_ = self._build(torch.Generator()).to(self.device_)

    def _train(self, rows: Rows, generator: torch.Generator) -> None:
        n_rows = rows.n_rows
        holds_out = resolve(self.early_stopping, n_rows >= LEAST_ROWS_TO_HOLD_OUT)
        order = torch.randperm(n_rows, generator=generator)
        n_held = int(n_rows * self.validation_fraction) if holds_out else 0
        held_out = _data(rows.take(order[:n_held].to(self.device_))) if n_held else None
        data = _data(rows.take(order[n_held:].to(self.device_)))
        self.history_ = train(self.module_, data, self._plan(n_rows), generator, held_out)
        self.loss_curve_ = self.history_.terms["loss"]
        self.n_iter_ = self.history_.n_iter

    def _plan(self, n_rows: int) -> TrainingPlan:
        batch_size = int(resolve(self.batch_size, min(BATCH_SIZE, max(16, n_rows // 8))))
        steps = max(1, N_STEPS // N_EPOCHS_TO_CHECK)
        epochs = N_EPOCHS_TO_CHECK
        if self.max_iter != "auto":
            steps, epochs = max(1, -(-n_rows // batch_size)), int(self.max_iter)
        return TrainingPlan(
            max_iter=epochs,
            n_steps_per_epoch=steps,
            batch_size=batch_size,
            learning_rate=self.learning_rate_init,
            weight_decay=self.weight_decay,
            beta=self.beta,
            n_iter_no_change=self.n_iter_no_change,
            verbose=bool(self.verbose),
            n_threads=torch.get_num_threads() if self.n_jobs is None else self.n_jobs,
        )

    def _check_hidden_share(self) -> None:
        shares = np.asarray(self.hidden_share, dtype=float)
        if shares.shape != (2,) or not 0 <= shares[0] <= shares[1] <= 1 or shares[1] == 0:
            raise ValueError(
                "`hidden_share` must be two numbers, 0 <= smallest <= largest <= 1 and largest > 0, "
                f"got {self.hidden_share!r}"
            )

    def _check_indicator(self, X: Any) -> None:
        if self.add_indicator and not isinstance(X, (np.ndarray, pd.DataFrame)):
            raise ValueError(
                "`add_indicator` must be False but for arrays and pandas frames, which can take "
                f"columns of truth values, got True for a {type(X).__name__}"
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        return tags


def _data(rows: Rows) -> TrainingData:
    zeros = torch.zeros(rows.n_rows, dtype=torch.int64, device=rows.codes.device)
    return TrainingData(rows, zeros, torch.ones(rows.n_rows))


def _spread(table: Table, filling: Table, lacking: np.ndarray) -> Table:
    """Give a table of all rows that has the filling at those that lack cells."""
    numbers, codes = table.numbers.copy(), table.codes.copy()
    numbers[lacking], codes[lacking] = filling.numbers, filling.codes
    return Table(numbers, codes)
