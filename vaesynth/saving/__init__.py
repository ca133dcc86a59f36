"""Saving estimators to files, and loading them without running what the files say."""

from vaesynth.saving._class_names import UnsavableError
from vaesynth.saving._savable import load

__all__ = ["UnsavableError", "load"]

# What other rooms need and users do not.
from vaesynth.saving._savable import Savable as Savable
