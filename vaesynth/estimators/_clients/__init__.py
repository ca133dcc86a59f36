"""Interfaces of estimators for other rooms, not for users: rows around real rows, and a fit by many processes."""

from vaesynth.estimators._clients._class_rows import ClassRows
from vaesynth.estimators._clients._given_model import CLIENT_CONSTRAINTS, adapt_model
from vaesynth.estimators._clients._shared_fit import SharedFit, TableFacts

__all__ = ["CLIENT_CONSTRAINTS", "ClassRows", "SharedFit", "TableFacts", "adapt_model"]
