"""Tables in files: CSV, Parquet and Feather, read and written so that cells stay what they were; extra ``cli``."""

__all__: list[str] = []

# What other rooms need and users do not.
from vaesynth.files._file_table import FileTable as FileTable
from vaesynth.files._formats import find_ending as find_ending
from vaesynth.files._formats import read_table as read_table
from vaesynth.files._formats import write_table as write_table
from vaesynth.files._spelling import Spelling as Spelling
from vaesynth.files._text_form import TextForm as TextForm
from vaesynth.files._typing import type_column as type_column
