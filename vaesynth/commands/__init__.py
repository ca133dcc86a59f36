"""What the command line does; extra ``cli``."""

__all__: list[str] = []

# What `python -m vaesynth` needs and users do not.
from vaesynth.commands._app import app as app
