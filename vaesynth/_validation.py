"""Checks of arguments, devices and random states that every room shares."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

SEED_BOUND = 2**63 - 1


def draw_seed(random_state: Any) -> int:
    """Draw one seed from a scikit-learn style ``random_state``.

    An int gives what a fresh generator of it draws first; a ``RandomState`` instance advances; None asks the
    operating system, so that not even numpy's global random state is read.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        As in scikit-learn.

    Returns
    -------
    int
        A seed for numpy's and torch's own generators.
    """
    if random_state is None:
        return secrets.randbelow(SEED_BOUND)
    from sklearn.utils import check_random_state

    return int(check_random_state(random_state).randint(0, SEED_BOUND, dtype=np.int64))


def make_torch_generator(seed: int) -> torch.Generator:
    """Make a private CPU generator: draws are made there and moved, so that every device sees the same."""
    import torch

    return torch.Generator().manual_seed(seed)


def resolve_device(device: str | torch.device) -> torch.device:
    """Turn ``"auto"`` or a device name into a ``torch.device`` that exists.

    Parameters
    ----------
    device : str or torch.device
        ``"auto"`` takes CUDA where there is one, else the CPU.

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If the name is no device of torch's, or the device is not there.
    """
    import torch

    if isinstance(device, str) and device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.empty(1, device=resolved)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"`device` must be 'auto' or a device that torch can use here, got {device!r}: {reason}"
        ) from error
    return resolved
