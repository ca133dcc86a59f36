"""Fits of estimators: what they warn of, their plans, what they hold out, how they train and what they finish."""

from vaesynth.estimators._fit._column_warnings import warn_of_columns
from vaesynth.estimators._fit._fit import Fit, GivenRows, Split, hold_out, hold_out_by_class
from vaesynth.estimators._fit._plans import choose_class_balance, choose_plan, holds_rows_out
from vaesynth.estimators._fit._private import PrivateFit
from vaesynth.estimators._fit._settling import SETTLING_ROWS, draw_settling_rows, warn_of_collapse

__all__ = [
    "SETTLING_ROWS",
    "Fit",
    "GivenRows",
    "PrivateFit",
    "Split",
    "choose_class_balance",
    "choose_plan",
    "draw_settling_rows",
    "hold_out",
    "hold_out_by_class",
    "holds_rows_out",
    "warn_of_collapse",
    "warn_of_columns",
]
