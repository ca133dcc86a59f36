"""From the bytes of a text file to its letters and back, byte for byte."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Self

# Marks at the start of a file, and the encoding without one that goes on behind it. The longer ones first.
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Names that leave the order of bytes to the mark.
MARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
# Files of other kinds that are often named as text.
OTHER_KINDS = {
    b"\x1f\x8b": "is compressed by gzip: let its name end in .gz",
    b"BZh": "is compressed by bzip2: unpack it first",
    b"\xfd7zXZ\x00": "is compressed by xz: unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd: unpack it first",
    b"PK\x03\x04": "is a workbook or an archive: save it as CSV",
    b"\xd0\xcf\x11\xe0": "is a workbook of old Excel: save it as CSV",
    b"SQLite format 3": "is a database of SQLite: export the table as CSV",
    b"%PDF": "is a PDF: save its table as CSV",
    b"PAR1": "is a Parquet file: let its name end in .parquet",
    b"ARROW1": "is a Feather file: let its name end in .feather",
}


@dataclass(frozen=True)
class Encoding:
    """An encoding, and the mark that stands before the text.

    Parameters
    ----------
    name : str
        A codec that knows no mark.
    mark : bytes
        What the file begins with.
    """

    name: str = "utf-8"
    mark: bytes = b""

    @classmethod
    def decode(cls, content: bytes, name: str | None) -> tuple[Self, str]:
        r"""Return the encoding of a file and its text.

        Parameters
        ----------
        content : bytes
            The file.
        name : str or None
            As the user gives it; None takes UTF-8.

        Raises
        ------
        ValueError
            If the bytes are no text of this encoding; the message says what to do.

        Examples
        --------
        >>> Encoding.decode(b"\xef\xbb\xbfa,b", None)
        (Encoding(name='utf-8', mark=b'\xef\xbb\xbf'), 'a,b')
        """
        mark = next((mark for mark in MARKS if content.startswith(mark)), b"")
        codec = _find_codec(name, content, mark)
        if MARKS.get(mark) != codec:
            mark = b""
        rest = content[len(mark) :]
        try:
            text = rest.decode(codec)
        except UnicodeDecodeError as error:
            line = rest[: error.start].count(b"\n") + 1
            raise ValueError(
                f"the text must be {codec}, got other bytes in line {line}: say what it is, as in --encoding latin-1"
            ) from error
        if text.encode(codec) != rest:
            raise ValueError(f"the text must come back byte for byte, which {codec} does not give")
        return cls(codec, mark), text

    def check(self) -> None:
        """Raise a ValueError if no text has this encoding or this mark."""
        marks = [b"", *(mark for mark, name in MARKS.items() if name == self.name)]
        if _look_up(self.name) != self.name or self.mark not in marks:
            raise ValueError(f"an encoding must have a name and its own mark, got {self!s:.200}")

    def encode(self, text: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        ValueError
            If the encoding lacks a letter.
        """
        return self.mark + text.encode(self.name)


def _find_codec(name: str | None, content: bytes, mark: bytes) -> str:
    """Return the codec for what the user says, or refuse bytes that are not what they are said to be."""
    if name is not None:
        codec = _look_up(name)
        if codec in MARKED:
            of_mark = MARKS.get(mark, "")
            return of_mark if of_mark.startswith(codec.removesuffix("-sig")) else MARKED[codec]
        return codec
    for start, what_to_do in OTHER_KINDS.items():
        if content.startswith(start):
            raise ValueError(f"the file {what_to_do}")
    if mark and MARKS[mark] != "utf-8":
        raise ValueError(
            f"the text must be utf-8, got {MARKS[mark]}: pass --encoding {MARKS[mark][:6]}"
        )
    if b"\0" in content[:200]:
        raise ValueError(
            "the text must be utf-8, got bytes of 0: if it is UTF-16 without a mark, pass --encoding utf-16-le or "
            "utf-16-be; if they belong to the cells, pass --encoding utf-8"
        )
    return "utf-8"


def _look_up(name: str) -> str:
    try:
        codec = codecs.lookup(name).name
        "".encode(codec)  # not all codecs are of text
    except (LookupError, ValueError, TypeError) as error:
        raise ValueError(
            f"`encoding` must be one that Python knows, such as latin-1, cp1252 or utf-16, got {name!r}"
        ) from error
    return codec
