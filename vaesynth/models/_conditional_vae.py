"""The VAE of the unseen cells of a row given those that are seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn import (
    CellGroups,
    CellHead,
    DenseEncoder,
    Rows,
    draw_normal,
    flag_unseen,
    flagged_cardinalities,
    split_moments,
)


class ConditionalRowVAE(nn.Module):
    r"""VAE of the cells of a row that are not seen, given those that are, whichever they are.

    Every step hides cells at random, h, of those that a row has; its objective is in nats per row

    .. math:: -E_{q(z|x_h,x_v)}[\log p(x_h|z,x_v)] + \beta \, KL(q(z|x_h,x_v) \| p(z|x_v)).

    Missing cells of a row are never chosen as hidden cells, so rows with missing cells can be used for training.

    Parameters
    ----------
    n_values : int
        Number of normalised numbers in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    state_codes : sequence of int
        For each value the position of the code that says whether the row has it, or -1.
    latent_dim : int
        Number of latents.
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers of each of the three networks.
    generator : torch.Generator
        Source of the initial weights.
    hidden_share : tuple of float, default=(0.05, 0.6)
        Smallest and largest share of the cells to hide; the share of a row lies evenly between them.

    References
    ----------
    Ivanov, Figurnov, Vetrov, "Variational Autoencoder with Arbitrary Conditioning", ICLR 2019.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> model = ConditionalRowVAE(2, [3], [-1, -1], 2, [16], torch.Generator().manual_seed(0))
    >>> rows = Rows(torch.zeros(4, 2), torch.ones(4, 2), torch.tensor([[0], [1], [-1], [-1]]))
    >>> model.sample(rows, torch.Generator().manual_seed(0)).codes.min() >= 0
    tensor(True)
    """

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        state_codes: Sequence[int],
        latent_dim: int,
        hidden_layer_sizes: Sequence[int],
        generator: torch.Generator,
        hidden_share: tuple[float, float] = (0.05, 0.6),
    ) -> None:
        super().__init__()
        self.cardinalities = tuple(cardinalities)
        self.hidden_share = hidden_share
        self.groups = CellGroups(n_values, len(cardinalities), state_codes)
        self.states = torch.tensor(state_codes, dtype=torch.int64)
        self.head = CellHead(n_values, cardinalities)
        levels = flagged_cardinalities(n_values, cardinalities)
        widths = list(hidden_layer_sizes)
        n_moments = 2 * latent_dim
        self.prior = DenseEncoder(n_values, levels, 1, widths, n_moments, generator)
        self.posterior = DenseEncoder(
            2 * n_values, [*levels, *levels], 1, widths, n_moments, generator
        )
        self.decoder = DenseEncoder(
            n_values + latent_dim, levels, 1, widths, self.head.n_outputs, generator
        )

    def loss(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float
    ) -> dict[str, Tensor]:
        """Return the negative bound on the hidden cells, its KL term times `beta`, and its terms, in nats per row."""
        seen_cells = self._draw_seen(rows, generator)
        seen, given = self._flag(self.groups.keep(rows, seen_cells)), self._flag(rows)
        mean, log_var = split_moments(self.posterior(_side_by_side(seen, given), y))
        outputs = self._decode(seen, draw_normal(mean, log_var, generator), y)
        hidden = self.groups.keep(rows, ~seen_cells)
        reconstruction = -self.head.log_prob(outputs, hidden).mean()
        kl = _kl_between(mean, log_var, *split_moments(self.prior(seen, y))).sum(1).mean()
        return {"loss": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}

    def expect(self, rows: Rows, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return the expected cells given those that rows have.

        Parameters
        ----------
        rows : Rows
            Rows in which unseen values are absent and unseen codes -1.
        noise : Tensor of shape (n_draws, n_rows, latent_dim)
            Standard normal noise of the latents, over which is averaged.

        Returns
        -------
        means : Tensor of shape (n_rows, n_values)
        probabilities : Tensor of shape (n_rows, head.levels.n_outputs)
        """
        seen = self._flag(rows)
        y = torch.zeros(rows.n_rows, dtype=torch.int64, device=rows.codes.device)
        mean, log_var = split_moments(self.prior(seen, y))
        means, probabilities = [], []
        for eps in noise:
            outputs = self._decode(seen, mean + eps * (0.5 * log_var).exp(), y)
            centre, _, logits = self.head.split(outputs)
            means.append(centre)
            probabilities.append(self.head.levels.mean(logits))
        return torch.stack(means).mean(0), torch.stack(probabilities).mean(0)

    def sample(self, rows: Rows, generator: torch.Generator, n_rounds: int = 16) -> Rows:
        """Draw the unseen cells from their joint distribution given the seen ones.

        The cells of a row are drawn one after the other in random order, and each that is drawn counts as seen by the
        next; with more than `n_rounds` of them several are drawn at once, which the latents link.

        Parameters
        ----------
        rows : Rows
            Rows in which unseen values are absent and unseen codes -1.
        generator : torch.Generator
            Source of the draws.
        n_rounds : int, default=16
            Most passes through the networks.

        Returns
        -------
        Rows
        """
        unseen = ~self.groups.given(rows)
        rank = torch.rand(unseen.shape, generator=generator).to(unseen.device)
        order = rank.masked_fill(~unseen, 2.0).argsort(1).argsort(1)
        n_unseen = int(unseen.sum(1).max()) if unseen.numel() else 0
        n_rounds = min(n_rounds, n_unseen)
        for turn in range(n_rounds):
            first, last = turn * n_unseen // n_rounds, (turn + 1) * n_unseen // n_rounds
            chosen = unseen & (order >= first) & (order < last)
            rows = self.groups.put(rows, self._draw_cells(rows, generator), chosen)
        return rows

    def _draw_cells(self, rows: Rows, generator: torch.Generator) -> Rows:
        seen = self._flag(rows)
        y = torch.zeros(rows.n_rows, dtype=torch.int64, device=rows.codes.device)
        z = draw_normal(*split_moments(self.prior(seen, y)), generator)
        values, codes = self.head.sample(self._decode(seen, z, y), generator)
        present = torch.ones_like(values)
        governed = self.states >= 0
        if governed.any():
            present[:, governed] = (codes[:, self.states[governed]] == 0).to(values.dtype)
        return Rows(values * present, present, codes)

    def _draw_seen(self, rows: Rows, generator: torch.Generator) -> Tensor:
        """Draw which cells of a batch are not hidden, shape (n_rows, n_groups), boolean."""
        least, most = self.hidden_share
        share = least + (most - least) * torch.rand(rows.n_rows, 1, generator=generator)
        drawn = torch.rand(rows.n_rows, self.groups.n_groups, generator=generator)
        return (drawn >= share).to(rows.codes.device)

    def _flag(self, rows: Rows) -> Rows:
        return flag_unseen(rows, self.cardinalities)

    def _decode(self, seen: Rows, z: Tensor, y: Tensor) -> Tensor:
        values = torch.cat([seen.values, z], dim=1)
        outputs: Tensor = self.decoder(Rows(values, torch.ones_like(values), seen.codes), y)
        return outputs


def _side_by_side(left: Rows, right: Rows) -> Rows:
    return Rows(*(torch.cat(pair, dim=1) for pair in zip(left, right, strict=True)))


def _kl_between(mean: Tensor, log_var: Tensor, other: Tensor, other_log_var: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_var)) || N(other, exp(other_log_var))) of each latent in nats."""
    spread = (log_var - other_log_var).exp()
    distance = (mean - other).square() * (-other_log_var).exp()
    return 0.5 * (spread + distance - 1 + other_log_var - log_var)
