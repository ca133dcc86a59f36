"""The file format: what is refused, and why."""

import struct

import pytest

from vaesynth.applications import StreamError
from vaesynth.applications._compression._file_format import (
    FORMAT_VERSION,
    MAGIC,
    digest,
    read_stream,
    write_stream,
)

ABOUT = {"model": "ours", "shape": [2, 4, 4], "dtype": "|u1"}
STREAM = write_stream(ABOUT, b"some coded bits")


def test_header_and_payload_come_back():
    assert read_stream(STREAM, "ours") == (ABOUT, b"some coded bits")


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_kinds_of_bytes_are_read(kind):
    assert read_stream(kind(STREAM), "ours")[1] == b"some coded bits"


def test_a_cut_stream_is_refused_wherever_it_is_cut():
    for n_bytes in range(len(STREAM)):
        with pytest.raises(StreamError, match=r"must be whole|must begin"):
            read_stream(STREAM[:n_bytes], "ours")


def test_a_stream_with_more_behind_it_is_refused():
    with pytest.raises(StreamError, match="must be whole"):
        read_stream(STREAM + b"\0", "ours")


def test_a_changed_bit_is_found_wherever_it_is():
    for place in range(len(STREAM)):
        damaged = bytearray(STREAM)
        damaged[place] ^= 1
        with pytest.raises(StreamError):
            read_stream(damaged, "ours")


@pytest.mark.parametrize("foreign", [b"", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_a_foreign_file_is_refused(foreign):
    with pytest.raises(StreamError, match="must begin as one that `compress` has written"):
        read_stream(foreign, "ours")


@pytest.mark.parametrize("version", [0, FORMAT_VERSION - 1, FORMAT_VERSION + 1, 65535])
def test_another_format_is_refused_whatever_else_it_has(version):
    other = MAGIC + struct.pack("<H", version) + STREAM[10:]
    message = f"must have format {FORMAT_VERSION}, got format {version}"
    with pytest.raises(StreamError, match=message):
        read_stream(other, "ours")


def test_another_model_s_stream_is_refused():
    with pytest.raises(
        StreamError, match="of the model that decompresses it, theirs, got one of 'ours'"
    ):
        read_stream(STREAM, "theirs")


def test_text_is_no_stream():
    with pytest.raises(TypeError, match="`stream` must be bytes, got str"):
        read_stream("text", "ours")


def test_a_checksum_does_not_see_how_the_bytes_are_cut():
    assert digest(b"ab", b"c") == digest(b"abc") != digest(b"abd")
