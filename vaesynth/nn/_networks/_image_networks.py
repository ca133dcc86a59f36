"""Networks of images, through convolutions over patches.

The latents are one vector (`ConvEncoder`), a grid of latents, which is a wider path than one vector (`SpatialEncoder`),
or a grid of vectors that a quantizer codes (`ConvCodeEncoder`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vaesynth.nn._networks._convolutions import PatchGrid, ResidualBlock, convolution
from vaesynth.nn._networks._layers import ACTIVATIONS, ClassShift, linear
from vaesynth.nn._rows import Rows

# Networks begin by handing pixels through, a latent for each: pixels times GAIN, with noise of exp(FIRST_LOG_VAR / 2).
GAIN = 4.0
FIRST_LOG_VAR = -4.0


class ConvEncoder(nn.Module):
    """Images given their class to a vector, through convolutions over patches.

    Parameters
    ----------
    patches : PatchGrid
        How images are cut.
    width : int
        Channels of the hidden layers.
    n_classes : int
        Number of classes; with 1 the class has no part in the network.
    n_outputs : int
        Size of the vector.
    generator : torch.Generator
        Source of the initial weights.
    activation : {"silu", "relu", "tanh"}, default="silu"
        Activation between the layers.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import PatchGrid, Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> encoder = ConvEncoder(PatchGrid((1, 8, 8), 4), 16, 1, 6, generator)
    >>> rows = Rows(torch.zeros(5, 64), torch.ones(5, 64), torch.zeros(5, 0, dtype=torch.int64))
    >>> encoder(rows, torch.zeros(5, dtype=torch.int64)).shape
    torch.Size([5, 6])
    """

    def __init__(
        self,
        patches: PatchGrid,
        width: int,
        n_classes: int,
        n_outputs: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.patches = patches
        height, breadth = patches.grid
        self.input = convolution(patches.n_channels, width, 3, generator)
        self.shift = ClassShift(n_classes, width, generator)
        self.block = ResidualBlock(width, generator, activation)
        self.activation = ACTIVATIONS[activation]()
        self.output = linear(width * height * breadth, n_outputs, generator)

    def forward(self, rows: Rows, y: Tensor) -> Tensor:
        """Map rows of pixels and class codes to a tensor of shape (n_rows, n_outputs)."""
        features = self.shift(self.input(self.patches.split(rows.values)), y)
        outputs: Tensor = self.output(self.activation(self.block(features)).flatten(1))
        return outputs


class ConvDecoder(nn.Module):
    """Latent points given their class to one output per pixel, through convolutions over patches.

    Parameters
    ----------
    patches, width, n_classes, generator, activation
        As in `ConvEncoder`.
    latent_dim : int
        Number of latents.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import PatchGrid
    >>> generator = torch.Generator().manual_seed(0)
    >>> decoder = ConvDecoder(PatchGrid((1, 8, 8), 4), 16, 1, 3, generator)
    >>> decoder(torch.zeros(5, 3), torch.zeros(5, dtype=torch.int64)).shape
    torch.Size([5, 64])
    """

    def __init__(
        self,
        patches: PatchGrid,
        width: int,
        n_classes: int,
        latent_dim: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.patches = patches
        height, breadth = patches.grid
        self.input = linear(latent_dim, width * height * breadth, generator)
        self.shift = ClassShift(n_classes, width, generator)
        self.block = ResidualBlock(width, generator, activation)
        self.activation = ACTIVATIONS[activation]()
        self.output = convolution(width, patches.n_channels, 3, generator)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Map latent points and class codes to a tensor of shape (n_rows, n_values)."""
        features = self.shift(self.input(z).unflatten(1, (-1, *self.patches.grid)), y)
        return self.patches.join(self.output(self.activation(self.block(features))))


class SpatialEncoder(nn.Module):
    """Images given their class to a vector for each position of a grid, through convolutions over patches.

    Parameters
    ----------
    patches, width, n_classes, generator, activation
        As in `ConvEncoder`; the grid of the patches is that of the latents.
    n_channels : int
        Numbers at each position; for posterior moments twice the latents there.
    n_blocks : int
        Residual blocks; each one sees one patch further.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import PatchGrid, Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> encoder = SpatialEncoder(PatchGrid((1, 8, 8), 4), 16, 1, 6, 2, generator)
    >>> rows = Rows(torch.zeros(5, 64), torch.ones(5, 64), torch.zeros(5, 0, dtype=torch.int64))
    >>> encoder(rows, torch.zeros(5, dtype=torch.int64)).shape
    torch.Size([5, 24])
    """

    def __init__(
        self,
        patches: PatchGrid,
        width: int,
        n_classes: int,
        n_channels: int,
        n_blocks: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.patches = patches
        self.input = convolution(patches.n_channels, width, 3, generator)
        self.shift = ClassShift(n_classes, width, generator)
        self.blocks = _residual_blocks(width, n_blocks, n_channels, 1, generator, activation)
        self.short_cut = _hand_through(patches.n_channels, n_channels, GAIN, generator)
        # Precise latents: at first, they pass the image on almost without blur.
        with torch.no_grad():
            self.short_cut.get_parameter("weight")[n_channels // 2 :] = 0
            self.short_cut.get_parameter("bias")[n_channels // 2 :] = FIRST_LOG_VAR

    def forward(self, rows: Rows, y: Tensor) -> Tensor:
        """Map rows of pixels and class codes to a tensor of shape (n_rows, n_channels * positions)."""
        patches = self.patches.split(rows.values)
        features: Tensor = self.blocks(self.shift(self.input(patches), y))
        short: Tensor = self.short_cut(patches)
        return (features + short).flatten(1)


class SpatialDecoder(nn.Module):
    """Latent points on a grid given their class to one output per pixel, through convolutions over positions.

    Parameters
    ----------
    patches, width, n_classes, n_blocks, generator, activation
        As in `SpatialEncoder`.
    n_channels : int
        Latents at each position.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import PatchGrid
    >>> generator = torch.Generator().manual_seed(0)
    >>> decoder = SpatialDecoder(PatchGrid((1, 8, 8), 4), 16, 1, 3, 2, generator)
    >>> decoder(torch.zeros(5, 12), torch.zeros(5, dtype=torch.int64)).shape
    torch.Size([5, 64])
    """

    def __init__(
        self,
        patches: PatchGrid,
        width: int,
        n_classes: int,
        n_channels: int,
        n_blocks: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.patches = patches
        self.input = convolution(n_channels, width, 3, generator)
        self.shift = ClassShift(n_classes, width, generator)
        self.blocks = _residual_blocks(
            width, n_blocks, patches.n_channels, 3, generator, activation
        )
        self.short_cut = _hand_through(n_channels, patches.n_channels, 1 / GAIN, generator)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Map latent points of shape (n_rows, n_channels * positions) and class codes to pixels (n_rows, n_values)."""
        points = z.unflatten(1, (-1, *self.patches.grid))
        features = self.blocks(self.shift(self.input(points), y))
        return self.patches.join(features + self.short_cut(points))


class _CodeNetwork(nn.Sequential):
    """Numbers at each position of a grid of patches to others, through convolutions over neighbouring positions."""

    def __init__(
        self,
        patches: PatchGrid,
        n_inputs: int,
        width: int,
        n_outputs: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__(
            convolution(n_inputs, width, 3, generator),
            *_residual_blocks(width, 1, n_outputs, 1, generator, "silu"),
        )
        self.patches = patches

    def _run(self, grid: Tensor) -> Tensor:
        for layer in self:
            grid = layer(grid)
        return grid


class ConvCodeEncoder(_CodeNetwork):
    """Patches to one vector per position, through convolutions over neighbouring patches.

    Parameters
    ----------
    patches, width, generator
        As in `ConvEncoder`.
    code_dim : int
        Dimension of the vectors.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> encoder = ConvCodeEncoder(PatchGrid((1, 8, 8), 4), 16, 3, torch.Generator().manual_seed(0))
    >>> encoder(Rows(torch.zeros(5, 64), torch.ones(5, 64), torch.zeros(5, 0).long())).shape
    torch.Size([5, 4, 3])
    """

    def __init__(
        self, patches: PatchGrid, width: int, code_dim: int, generator: torch.Generator
    ) -> None:
        super().__init__(patches, patches.n_channels, width, code_dim, generator)

    def forward(self, rows: Rows) -> Tensor:
        """Map rows of pixels to a tensor of shape (n_rows, n_positions, code_dim)."""
        return self._run(self.patches.split(rows.values)).flatten(2).transpose(1, 2)


class ConvCodeDecoder(_CodeNetwork):
    """One vector per position to pixels, through convolutions over neighbouring positions.

    Parameters
    ----------
    patches, width, code_dim, generator
        As in `ConvCodeEncoder`.

    Examples
    --------
    >>> import torch
    >>> decoder = ConvCodeDecoder(PatchGrid((1, 8, 8), 4), 16, 3, torch.Generator().manual_seed(0))
    >>> decoder(torch.zeros(5, 4, 3)).shape
    torch.Size([5, 64])
    """

    def __init__(
        self, patches: PatchGrid, width: int, code_dim: int, generator: torch.Generator
    ) -> None:
        super().__init__(patches, code_dim, width, patches.n_channels, generator)

    def forward(self, z_q: Tensor) -> Tensor:
        """Map a tensor of shape (n_rows, n_positions, code_dim) to a tensor of shape (n_rows, n_values)."""
        return self.patches.join(self._run(z_q.transpose(1, 2).unflatten(2, self.patches.grid)))


def _residual_blocks(
    width: int,
    n_blocks: int,
    n_outputs: int,
    size: int,
    generator: torch.Generator,
    activation: str,
) -> nn.Sequential:
    """Return residual blocks, an activation and a last convolution of this size."""
    return nn.Sequential(
        *(ResidualBlock(width, generator, activation) for _ in range(n_blocks)),
        ACTIVATIONS[activation](),
        convolution(width, n_outputs, size, generator),
    )


def _hand_through(
    n_inputs: int, n_outputs: int, gain: float, generator: torch.Generator
) -> nn.Conv2d:
    """Return a 1 × 1 convolution that begins as `gain` times its inputs, as far as there are outputs for them."""
    layer = convolution(n_inputs, n_outputs, 1, generator)
    with torch.no_grad():
        layer.weight.copy_(gain * torch.eye(n_outputs, n_inputs)[:, :, None, None])
        layer.get_parameter("bias").zero_()
    return layer
