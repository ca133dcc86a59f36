"""Saving estimators to files, and loading them without running what the files say."""

from vaesynth.saving._class_names import UnsavableError
from vaesynth.saving._savable import Savable, load

__all__ = ["Savable", "UnsavableError", "load"]
