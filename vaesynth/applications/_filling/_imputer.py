"""Missing cells of tables, from their distribution given the cells that are there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import check_feature_names_in, fit_context
from vaesynth._validation import draw_seed, make_torch_generator, resolve_device
from vaesynth._whole_fit import whole_fit
from vaesynth.applications._filling._imputer_recipe import (
    RECIPE,
    check_model,
    choose_plan,
    held_out_share,
)
from vaesynth.applications._filling._linear_part import LinearPart
from vaesynth.applications._filling._partial_tables import PartialTableCodec
from vaesynth.estimators import (
    CLIENT_CONSTRAINTS,
    VAE,
    Fit,
    adapt_model,
    check_count,
    draw_row_noise,
    exact_module,
    exact_rows,
    hold_out,
    map_chunks,
    remember_features,
)
from vaesynth.models import ConditionalRowVAE
from vaesynth.nn import Rows
from vaesynth.saving import Savable
from vaesynth.tabular import Table, accept_any_table

# Pairs of latent points that an expectation averages over.
N_LATENT_DRAWS = 4


class VAEImputer(Savable, TransformerMixin, BaseEstimator):
    r"""Impute missing cells of tables of any columns, once or many times, from one model of all of them.

    A conditional variational autoencoder learns the distribution of any cells of a row given any others,
    p(x_mis | x_obs): each training step hides cells that are there and asks for them back. It learns from rows with
    missing cells as they are. Rows to complete may lack any cells, also in columns that had none missing in fit.

    Cells that are there come back as they were. A missing number becomes its conditional mean, a missing category the
    likeliest one; with `sample_posterior`, and in :meth:`sample_imputations`, a row's missing cells are drawn jointly.

    Parameters
    ----------
    model : VAE or None, default=None
        Sizes and training of the model, which is fitted as a conditional one; None is ``VAE()``. What is "auto" in it
        is chosen here: ``latent_dim=8``, ``hidden_layer_sizes=(128, 128)``, ``beta=1``, ``learning_rate_init=1e-2``,
        ``weight_decay=1e-2`` and ``n_iter_no_change=10``; a `batch_size` of 256, or an eighth of fewer than 2,048
        rows but at least 16; a `max_iter` of 20 epochs of 30 steps each, whatever the number of rows; and
        `early_stopping` from 200 rows on. Parameters that a conditional model cannot have, such as `prior`, `decoder`
        and `privacy`, must be left at their defaults.
    sample_posterior : bool, default=False
        Whether :meth:`transform` draws missing cells in place of their mean or mode. The draw is the same each time.
    add_indicator : bool, default=False
        Whether a column of truth values follows for each column that had missing cells in fit, which says where they
        are. For arrays and pandas frames.
    hidden_share : (float, float), default=(0.05, 0.6)
        Smallest and largest share of the cells of a row that a training step hides.
    n_jobs : int or None, default=None
        Threads; None leaves their number to `model`. Nothing depends on it.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; None leaves it to that of `model`. The global random states of numpy and torch are
        neither read nor written.
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

    Means are averaged over 8 latent points that the cells of the row decide, so that a row is completed the same way
    whichever rows stand beside it. Where numbers are linear in each other, a joint normal knows them better than a
    network: the mean of a number is a weighted one of both. The weight of a column is that of least error on cells of
    held-out rows, and a half where no rows are held out. Tables of more than 100 columns of numbers go without.
    Draws come from the network alone. They take the missing cells of a row one by one in random order, up to 16 at a
    time, each from its distribution given the cells that are there or already drawn. Models of whole rows need
    importance weights for such draws; here all weights are 1. Drawn numbers keep to the bounds, the digits and the few
    distinct values that were seen; means keep to the bounds. Where the type of a column holds whole numbers alone,
    they are rounded, and dates and durations to the steps that were seen, such as whole days.

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
    >>> from vaesynth import VAE
    >>> from vaesynth.applications import VAEImputer
    >>> rng = np.random.default_rng(0)
    >>> size = rng.normal(size=300)
    >>> X = pd.DataFrame({"size": size, "twice": 2 * size, "sign": np.where(size > 0, "+", "-")})
    >>> imputer = VAEImputer(VAE(max_iter=60), random_state=0).fit(X)
    >>> gaps = pd.DataFrame({"size": [1.0, None], "twice": [None, -2.0], "sign": [None, "-"]})
    >>> imputer.transform(gaps)["sign"].tolist()
    ['+', '-']
    >>> len(imputer.sample_imputations(gaps, n_draws=3, random_state=0))
    3
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CLIENT_CONSTRAINTS,
        "sample_posterior": ["boolean"],
        "add_indicator": ["boolean"],
        "hidden_share": ["array-like"],
    }

    def __init__(
        self,
        model: VAE | None = None,
        *,
        sample_posterior: bool = False,
        add_indicator: bool = False,
        hidden_share: tuple[float, float] = (0.05, 0.6),
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.model = model
        self.sample_posterior = sample_posterior
        self.add_indicator = add_indicator
        self.hidden_share = hidden_share
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @whole_fit
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Fit the model: learn how the cells of a row depend on each other.

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
        self._fit_table(X)
        return self

    @whole_fit
    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: ARG002
        """Fit the model and return the completed table: ``fit(X).transform(X)``, for which `X` is read once.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            As in :meth:`fit`.
        y : None
            Ignored.

        Returns
        -------
        table of shape (n_samples, n_features), or more columns with `add_indicator`
            As in :meth:`transform`.
        """
        return self._transform_table(self._fit_table(X), X)

    def transform(self, X: Any) -> Any:
        """Return a completed table.

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
        return self._transform_table(self._codec.read(X), X)

    def sample_imputations(
        self, X: Any, n_draws: int = 5, *, random_state: Any = None
    ) -> list[Any]:
        """Draw completed tables: multiple imputation.

        Analyse each table and pool the results by Rubin's rules.

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
        table, generator = self._codec.read(X), make_torch_generator(draw_seed(random_state))
        return [
            self._complete(table, X, partial(self._draw, generator=generator))
            for _ in range(n_draws)
        ]

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns that `transform` returns.

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

    @fit_context(prefer_skip_nested_validation=False)
    def _fit_table(self, X: Any) -> Table:
        """Fit the model, and return the content of the table."""
        self._check_hidden_share()
        self._check_indicator(X)
        name = type(self).__name__
        model = adapt_model(self, VAE() if self.model is None else self.model, RECIPE)
        check_model(model, name)
        device = resolve_device(model.device)
        codec = PartialTableCodec(model.categorical_features, name)
        table = codec.fit(X)
        seeds = np.random.SeedSequence(draw_seed(model.random_state)).generate_state(3, np.uint64)
        self._codec, self._draw_seed, self.device_ = codec, int(seeds[1] >> np.uint64(32)), device
        remember_features(self, codec.n_features, codec.feature_names)
        fit = Fit.begin(device, int(seeds[0] >> np.uint64(1)))
        self.latent_dim_ = int(model.latent_dim)
        widths, (smallest, largest) = map(int, model.hidden_layer_sizes), self.hidden_share
        self._sizes = tuple(widths), (float(smallest), float(largest))
        self.module_ = self._build(fit.generator).to(device)
        kept, held_out = self._train(model, codec.to_rows(table), fit)
        generator = np.random.default_rng(seeds[2])
        self._linear = LinearPart.fit(
            table, kept, held_out, lambda given: self._expect_by_model(given).numbers, generator
        )
        return table

    def _transform_table(self, table: Table, X: Any) -> Any:
        """Complete `X`, whose content is `table`."""
        if not self.sample_posterior:
            return self._complete(table, X, self._expect)
        generator = make_torch_generator(draw_seed(self._draw_seed))
        return self._complete(table, X, partial(self._draw, generator=generator))

    def _complete(self, table: Table, X: Any, fill: Callable[[Table], Table]) -> Any:
        """Complete `X`, whose content is `table`, by a function that fills rows with missing cells."""
        missing = self._codec.find_missing(table)
        lacking = np.flatnonzero(missing.any(axis=1))
        filling = table
        if len(lacking):
            filling = _spread(table, fill(table.take(lacking)), lacking)
        completed = self._codec.complete(table, filling, X)
        if not self.add_indicator:
            return completed
        flags = missing[:, self._codec.indicated]
        if isinstance(completed, pd.DataFrame):
            names = self._indicator_names(np.asarray(completed.columns, dtype=object))
            return completed.join(pd.DataFrame(flags, columns=names, index=completed.index))
        return np.hstack([completed, flags])

    def _expect(self, table: Table) -> Table:
        """Return expected cells: of numbers a mean of what the model and what the linear part expects."""
        filling = self._expect_by_model(table)
        if self._linear is None:
            return filling
        return self._codec.settle(Table(self._linear.mix(table, filling.numbers), filling.codes))

    def _expect_by_model(self, table: Table) -> Table:
        """Return expected cells, in double precision and from noise of each row: they do not depend on other rows."""
        rows = self._codec.to_rows(table)
        module = exact_module(self.module_, self._codec)
        levels = module.head.levels
        n_values = rows.values.shape[1]

        def expect(part: Rows) -> torch.Tensor:
            noise = draw_row_noise(part, N_LATENT_DRAWS, self.latent_dim_)
            # In each pair of opposite points, terms that are linear in the latents cancel.
            return torch.cat(module.expect(part, torch.cat([noise, -noise])), dim=1)

        cells = map_chunks(expect, exact_rows(rows, self._codec), self.device_)
        return self._codec.expect(cells[:, :n_values], cells[:, n_values:], levels.cpu())

    def _draw(self, table: Table, generator: torch.Generator) -> Table:
        rows = self._codec.to_rows(table)

        def draw(part: Rows) -> Rows:
            return self.module_.sample(part, generator)

        drawn = map_chunks(draw, rows, self.device_)
        seed = int(torch.randint(2**62, (1,), generator=generator))
        return self._codec.draw(drawn, seed)

    def _indicator_names(self, names: np.ndarray) -> np.ndarray:
        if not self.add_indicator:
            return np.empty(0, dtype=object)
        return np.array([f"missingindicator_{names[i]}" for i in self._codec.indicated], object)

    def _build(self, generator: torch.Generator) -> ConditionalRowVAE:
        cells, (widths, hidden_share) = self._codec.cells, self._sizes
        return ConditionalRowVAE(
            cells.n_values_,
            cells.cardinalities_,
            cells.state_codes_,
            self.latent_dim_,
            widths,
            generator,
            hidden_share,
        )

    def _rebuild_modules(self) -> None:
        """Build the module as the fit did, for weights that are read from a file."""
        self.module_ = self._build(torch.Generator()).to(self.device_)

    def _train(self, model: VAE, rows: Rows, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
        """Train the model, and return the positions of the rows it has learned from, and of those held out."""
        n_rows = rows.n_rows
        kept, held_out = hold_out(n_rows, held_out_share(model, n_rows), fit.generator)
        split = fit.split(fit.put(rows), kept, held_out)
        self.history_ = fit.train(self.module_, split, choose_plan(model, n_rows))
        self.loss_curve_ = self.history_.terms["loss"]
        self.n_iter_ = self.history_.n_iter
        nothing = np.empty(0, dtype=np.int64)
        return np.sort(kept.numpy()), nothing if held_out is None else np.sort(held_out.numpy())

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


def _spread(table: Table, filling: Table, lacking: np.ndarray) -> Table:
    """Return a table of all rows that has the filling at those that lack cells."""
    numbers, codes = table.numbers.copy(), table.codes.copy()
    numbers[lacking], codes[lacking] = filling.numbers, filling.codes
    return Table(numbers, codes)
