"""Output heads of images: decoder outputs read as distributions over pixels between 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from vaesynth.nn._normal import LOG_2PI
from vaesynth.nn._rows import Rows


class PixelHead(nn.Module):
    """What the likelihoods of pixels share: a residual is the image less the likeliest one.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import PixelGaussianHead, Rows
    >>> rows = Rows(torch.full((1, 2), 0.75), torch.ones(1, 2), torch.zeros(1, 0, dtype=torch.int64))
    >>> PixelGaussianHead(2).residual(torch.full((1, 2), 0.5), rows).tolist()
    [[0.25, 0.25]]
    """

    has_residual = False
    can_carry = True

    def mode(self, outputs: Tensor) -> Rows:
        """Return the likeliest pixels."""
        raise NotImplementedError

    def mean(self, outputs: Tensor) -> Tensor:
        """Return the likeliest pixels, shape (n_rows, n_values)."""
        return self.mode(outputs).values

    def residual(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the residuals of real images from their reconstruction, shape (n_rows, n_values)."""
        return rows.values - self.mean(outputs)

    def span(self, rows: Rows) -> None:
        """Return nothing: pixels lie between 0 and 1, whatever images there are."""

    def sample_at_mean(self, mean: Tensor, generator: torch.Generator, span: None) -> Rows:  # noqa: ARG002
        """Take pixels as they are, those below 0 and above 1 at the bounds."""
        return _pixel_rows(mean.clamp(0, 1))


class BernoulliHead(PixelHead):
    """Bernoulli likelihood of pixels; grey ones count as the probability of being white.

    For grey pixels its logarithm is the negative cross-entropy, which is no log-density. Pixels beyond 0 and 1 count
    as 0 and 1.

    Parameters
    ----------
    n_values : int
        Number of pixels, channels included.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.ones(3, 4), torch.ones(3, 4), torch.zeros(3, 0, dtype=torch.int64))
    >>> BernoulliHead(4).log_prob(torch.zeros(3, 4), rows)
    tensor([-2.7726, -2.7726, -2.7726])
    """

    is_density = False

    def __init__(self, n_values: int) -> None:
        super().__init__()
        self.n_outputs = n_values

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-probability of the pixels in nats, shape (n_rows,)."""
        return self.cell_log_prob(outputs, rows).sum(1)

    def cell_log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-probability of each pixel in nats, shape (n_rows, n_values)."""
        pixels = rows.values.clamp(0, 1)
        return pixels * outputs - nn.functional.softplus(outputs)

    def mode(self, outputs: Tensor) -> Rows:
        """Return each pixel's probability of being white."""
        return _pixel_rows(outputs.sigmoid())

    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw black and white pixels."""
        uniform = torch.rand(outputs.shape, generator=generator).to(outputs)
        return _pixel_rows((uniform < outputs.sigmoid()).to(outputs.dtype))

    def match(self, outputs: Tensor, rows: Rows, weight: Tensor) -> None:
        """Do nothing: there is no scale to set."""


class PixelGaussianHead(PixelHead):
    """Normal likelihood of pixels with one scale for all of them, learned or fixed.

    With one scale per pixel, only the scales at the margins would shrink, where all images look the same.

    Parameters
    ----------
    n_values : int
        Number of pixels, channels included.
    min_scale : float, default=0.01
        Floor of the learned scale, in normalised units.
    fixed_scale : float, optional
        Scale that is not learned: with 1 the log-density is half the squared error, but for its sign and a constant.
    bounded : bool, default=False
        Whether means pass a sigmoid, which keeps them between 0 and 1.

    References
    ----------
    Rybkin, Daniilidis, Levine, "Simple and Effective VAE Training with Calibrated Decoders", ICML 2021.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.zeros(3, 4), torch.ones(3, 4), torch.zeros(3, 0, dtype=torch.int64))
    >>> PixelGaussianHead(4).log_prob(torch.zeros(3, 4), rows).shape
    torch.Size([3])
    """

    is_density = True
    # The scale falls by an order of magnitude in training: at the weights' own pace that takes a thousand steps.
    _PACE = 5.0

    def __init__(
        self,
        n_values: int,
        min_scale: float = 0.01,
        fixed_scale: float | None = None,
        bounded: bool = False,
    ) -> None:
        super().__init__()
        self.n_values = n_values
        self.n_outputs = n_values
        self.min_scale = min_scale
        self.fixed_scale = fixed_scale
        self.bounded = bounded
        if fixed_scale is None:
            self.raw_scale = nn.Parameter(torch.tensor(-1.0 / self._PACE))

    @property
    def scale(self) -> Tensor:
        """Return the standard deviation, a scalar."""
        if self.fixed_scale is not None:
            return torch.tensor(self.fixed_scale)
        return (self._PACE * self.raw_scale).exp() + self.min_scale

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-density of the pixels in nats, shape (n_rows,)."""
        squares = (rows.values - self._means(outputs)).square().sum(1)
        return -0.5 * squares / self.scale.square() - self.n_values * self._normalizer

    def cell_log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-density of each pixel in nats, shape (n_rows, n_values)."""
        squares = (rows.values - self._means(outputs)).square()
        return -0.5 * squares / self.scale.square() - self._normalizer

    def mode(self, outputs: Tensor) -> Rows:
        """Return the likeliest pixels."""
        return _pixel_rows(self._means(outputs))

    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw pixels around their means."""
        noise = torch.randn(outputs.shape, generator=generator).to(outputs)
        return _pixel_rows(self._means(outputs) + noise * self.scale)

    @torch.no_grad()
    def match(self, outputs: Tensor, rows: Rows, weight: Tensor) -> None:
        """Set a learned scale to its most likely value, the weighted root mean square of the residuals."""
        if self.fixed_scale is None:
            error = (rows.values - self._means(outputs)).square().mean(1)
            scale = ((error * weight).sum() / weight.sum()).sqrt()
            self.raw_scale.copy_((scale - self.min_scale).clamp_min(1e-6).log() / self._PACE)

    @property
    def _normalizer(self) -> Tensor:
        return self.scale.log() + 0.5 * LOG_2PI

    def _means(self, outputs: Tensor) -> Tensor:
        return outputs.sigmoid() if self.bounded else outputs


class DiscretizedLogisticHead(PixelHead):
    """Probabilities of the levels of pixels: a logistic distribution cut into equal steps, with one learned scale.

    The first and the last level take the tails.

    Parameters
    ----------
    n_values : int
        Number of pixels, channels included.
    n_levels : int, default=256
        Levels of a pixel, the first at 0 and the last at 1.

    References
    ----------
    Kingma, Salimans, Jozefowicz, Chen, Sutskever, Welling, "Improved Variational Inference with Inverse Autoregressive
    Flow", NeurIPS 2016.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> levels = torch.linspace(0, 1, 256)[:, None]
    >>> rows = Rows(levels, torch.ones(256, 1), torch.zeros(256, 0, dtype=torch.int64))
    >>> head = DiscretizedLogisticHead(1)
    >>> head.log_prob(torch.zeros(256, 1), rows).exp().sum().allclose(torch.tensor(1.0))
    True
    """

    is_density = False
    _PACE = 5.0

    def __init__(self, n_values: int, n_levels: int = 256) -> None:
        super().__init__()
        self.n_outputs = n_values
        self.n_levels = n_levels
        self.raw_scale = nn.Parameter(torch.tensor(-2.0 / self._PACE))

    @property
    def scale(self) -> Tensor:
        """Scale of the logistic distribution, a scalar; its standard deviation is 1.81 times as large."""
        return (self._PACE * self.raw_scale).exp()

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-probability of the pixels' levels in nats, shape (n_rows,)."""
        return self.cell_log_prob(outputs, rows).sum(1)

    def cell_log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-probability of each pixel's level in nats, shape (n_rows, n_values)."""
        half_step = 0.5 / (self.n_levels - 1)
        centred = rows.values - outputs.sigmoid()
        upper, lower = (centred + half_step) / self.scale, (centred - half_step) / self.scale
        first = nn.functional.logsigmoid(upper)
        last = nn.functional.logsigmoid(-lower)
        # log(sigmoid(upper) - sigmoid(lower)), written so that neither tail cancels.
        inner = first + last + torch.log(-torch.expm1(lower - upper))
        levels = torch.where(rows.values < half_step, first, inner)
        return torch.where(rows.values > 1 - half_step, last, levels)

    def mode(self, outputs: Tensor) -> Rows:
        """Return the likeliest pixels."""
        return _pixel_rows(outputs.sigmoid())

    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw levels."""
        uniform = torch.rand(outputs.shape, generator=generator, dtype=torch.float64)
        noise = torch.logit(uniform, eps=1e-12).to(outputs)
        pixels = (outputs.sigmoid() + self.scale * noise).clamp(0, 1)
        return _pixel_rows((pixels * (self.n_levels - 1)).round() / (self.n_levels - 1))

    def match(self, outputs: Tensor, rows: Rows, weight: Tensor) -> None:
        """Do nothing: the likeliest scale has no closed form."""


# What an estimator calls the likelihoods of pixels. Each is made from the number of pixels, the number of their levels
# (0 of pixels that are no whole numbers), and whether their means are to be kept between 0 and 1.
LIKELIHOODS: Mapping[str, Callable[[int, int, bool], PixelHead]] = {
    "bernoulli": lambda n_values, _n_levels, _bounded: BernoulliHead(n_values),
    "gaussian": lambda n_values, _n_levels, bounded: PixelGaussianHead(n_values, bounded=bounded),
    "squared_error": lambda n_values, _n_levels, bounded: PixelGaussianHead(
        n_values, fixed_scale=1.0, bounded=bounded
    ),
    "discretized_logistic": lambda n_values, n_levels, _bounded: DiscretizedLogisticHead(
        n_values, n_levels
    ),
}


def _pixel_rows(values: Tensor) -> Rows:
    codes = torch.zeros((len(values), 0), dtype=torch.int64, device=values.device)
    return Rows(values, values.new_ones(1, 1).expand(values.shape), codes)
