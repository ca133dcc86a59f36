"""Packages that come with an extra."""

from importlib import import_module
from types import ModuleType


def import_optional(module: str, extra: str) -> ModuleType:
    """Import a module that only an extra of the package installs.

    Parameters
    ----------
    module : str
        Dotted name of the module, such as ``"matplotlib.pyplot"``.

    extra : str
        The extra of vaesynth that installs it, such as ``"plot"``.

    Returns
    -------
    module : module
        The imported module.

    Raises
    ------
    ImportError
        If the distribution is not installed; the message names the extra.

    Examples
    --------
    >>> from vaesynth._optional import import_optional
    >>> import_optional("math", extra="plot").sqrt(4)
    2.0
    >>> import_optional("no_such_module", extra="plot")
    Traceback (most recent call last):
        ...
    ImportError: no_such_module is needed here and not installed: pip install "vaesynth[plot]"
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        # A package that is there but lacks something of its own is a different fault: let it show.
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise ImportError(
            f'{package} is needed here and not installed: pip install "vaesynth[{extra}]"',
            name=package,
        ) from error
