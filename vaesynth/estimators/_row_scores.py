"""What a fitted VAE says of a row beside its bound: by column, by residual, by regret, and of cells never seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from vaesynth.estimators._base import BaseVAE, no_classes
from vaesynth.estimators._chunks import map_chunks
from vaesynth.estimators._exactness import exact_module, exact_rows
from vaesynth.estimators._row_estimator import check_count, check_n_draws
from vaesynth.models import likelihood_regret
from vaesynth.nn import Rows

HANDLE_UNKNOWN = ("error", "typical")


class RowScores(BaseVAE):
    """Scores of single rows by a model without classes.

    All methods take ``handle_unknown``: with "error" a category that was not in the fitted table, or a missing cell in
    a column that had none, is refused; with "typical" the most frequent category or the median is read in its place,
    and :meth:`unknown_cells` says where.
    """

    def score_columns(
        self,
        X: Any,
        *,
        n_importance_samples: int = 1,
        units: str = "own",
        handle_unknown: str = "error",
    ) -> np.ndarray:
        """Cut the bound of each row into what its columns add and what its latents take.

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
        rows, codes = self._read_rows(X, handle_unknown)
        module = exact_module(self.module_, self._codec)
        parts = self._with_noise(module.bound_by_cell, rows, codes, n_draws)
        columns = self._codec.sum_by_column(parts[:, :-1])
        if units == "own" and self.module_.head.is_density:
            columns = columns + self._codec.log_abs_det_by_column(X)
        return np.column_stack([columns, parts[:, -1]])

    def split_residuals(
        self, X: Any, *, handle_unknown: str = "error"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Take each row apart into its reconstruction and what it is beyond that.

        Their sum is the row as the network sees it: numbers in normalised units, an indicator for each level of a
        category, pixels. The reconstruction is the mean of a number, the probability of each level, the likeliest
        pixel, at the posterior mean. A number that a row does not have is 0 in both.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to take apart.
        handle_unknown : {"error", "typical"}, default="error"
            What to do with contents that fit has not seen.

        Returns
        -------
        reconstructions : ndarray of shape (n_samples, n_residuals)
            What the model makes of each row.
        residuals : ndarray of shape (n_samples, n_residuals)
            What it misses.

        Raises
        ------
        ValueError
            If the decoder is autoregressive, whose rows have no mean, or `handle_unknown` is unknown.
        """
        check_is_fitted(self)
        self._check_residuals()
        rows, codes = self._read_rows(X, handle_unknown)
        module = exact_module(self.module_, self._codec)

        def split(part: Rows, y: Tensor) -> Tensor:
            outputs = module.decode(module.encode(part, y)[0], y)
            if not module.head.has_residual:
                pixels = module.head.mode(outputs).values
                return torch.cat([pixels, part.values - pixels], dim=1)
            mean = module.head.mean(outputs)
            n_values = part.values.shape[1]
            present = torch.cat([mean[:, :n_values] * part.present, mean[:, n_values:]], dim=1)
            return torch.cat([present, module.head.residual(outputs, part)], dim=1)

        joined = map_chunks(split, exact_rows(rows, self._codec), self.device_, codes)
        reconstructions, residuals = np.split(joined.double().numpy(), 2, axis=1)
        return reconstructions, residuals

    def residual_columns(self) -> np.ndarray:
        """Position of the column of each residual of :meth:`split_residuals`, shape (n_residuals,)."""
        check_is_fitted(self)
        self._check_residuals()
        return self._codec.residual_columns(self.module_.head)

    def likelihood_regret(
        self,
        X: Any,
        *,
        n_importance_samples: int = 4,
        n_steps: int = 50,
        handle_unknown: str = "error",
    ) -> np.ndarray:
        """How much the bound of each row gains from a posterior that is fitted to that row alone.

        The encoder has learned which latents suit rows like the fitted. Of another kind of row its guess is poor, and
        there is much to gain.

        Parameters
        ----------
        X : table or images like the fitted
            Rows to score.
        n_importance_samples : int, default=4
            Draws from the posterior for a bound.
        n_steps : int, default=50
            Steps of the fit.
        handle_unknown : {"error", "typical"}, default="error"
            What to do with contents that fit has not seen.

        Returns
        -------
        ndarray of shape (n_samples,)
            Nats, at least 0; higher is stranger.

        Raises
        ------
        ValueError
            If a parameter is out of range.

        References
        ----------
        Xiao, Yan, Amit, "Likelihood Regret: An Out-of-Distribution Detection Score for Variational Auto-Encoder",
        NeurIPS 2020.
        """
        check_is_fitted(self)
        n_draws = check_n_draws(n_importance_samples)
        n_steps = check_count("n_steps", n_steps)
        rows, codes = self._read_rows(X, handle_unknown)
        module = exact_module(self.module_, self._codec)

        def regret(part: Rows, y: Tensor, noise: Tensor) -> Tensor:
            return likelihood_regret(module, part, y, noise, n_steps)

        return self._with_noise(regret, rows, codes, n_draws)

    def unknown_cells(self, X: Any) -> np.ndarray:
        """Find the cells whose content the fitted table did not have.

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
        return self._codec.unknown_cells(X)

    def _read_rows(self, X: Any, handle_unknown: str) -> tuple[Rows, Tensor]:
        if handle_unknown not in HANDLE_UNKNOWN:
            raise ValueError(
                f"`handle_unknown` must be one of {HANDLE_UNKNOWN}, got {handle_unknown!r}"
            )
        is_strict = handle_unknown == "error"
        rows = self._codec.encode(X) if is_strict else self._codec.encode_known(X)
        return rows, no_classes(rows.n_rows)

    def _check_residuals(self) -> None:
        if self._sizes.decoder == "autoregressive":
            raise ValueError(
                "`decoder` must be 'independent' for rows to have residuals, got 'autoregressive'"
            )


def check_units(units: Any) -> None:
    """Raise where densities are asked for in units that are not known."""
    if units not in ("own", "encoded"):
        raise ValueError(f"`units` must be 'own' or 'encoded', got {units!r}")
