"""What the command line does; extra ``cli``."""

from vaesynth.commands._app import app

__all__ = ["app"]
