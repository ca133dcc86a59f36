"""The HTML report of a comparison; it needs the extra ``report``."""

from vaesynth.report._write_report import write_report

__all__ = ["write_report"]

# What other rooms need and users do not.
from vaesynth.report._comparison import Comparison as Comparison
