"""A body that is decoded and never larger than foreseen."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwire.azure import bounded
from miwire.azure.bounded import MIB, Body
from miwire.errors import Unreachable

URL = "https://user:secret@azure.example:8443/x?sig=secret"


def read(encoding, *chunks, largest=MIB):
    body = Body(URL, encoding, largest)
    for chunk in chunks:
        body.add(chunk)
    return body.whole()


def pieces(raw, size):
    return [raw[start : start + size] for start in range(0, len(raw), size)]


@given(st.binary(max_size=3000), st.integers(1, 700))
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("Identity", bytes),
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        (" deflate ", zlib.compress),
    ],
)
def test_what_was_packed_comes_out_however_it_is_cut(encoding, pack, content, size):
    assert content == read(encoding, *pieces(pack(content), size))


@pytest.mark.parametrize("more", [-300, -258, -1, 0, 1, 257, 258, 300])
@pytest.mark.parametrize("times", [1, 2, 4])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_long_run_comes_out_to_the_last_byte(times, more, size):
    content = bytes(times * bounded._AT_ONCE + more)  # noqa: SLF001

    assert content == read("gzip", *pieces(gzip.compress(content), size), largest=2 * MIB)


def test_several_members_are_one_body():
    packed = gzip.compress(b"one, ") + gzip.compress(b"two")

    assert b"one, two" == read("gzip", packed)
    assert b"one, two" == read("gzip", *pieces(packed, 1))


def test_an_answer_without_a_body_is_empty_whatever_it_says_of_it():
    assert b"" == read("gzip")


@pytest.mark.parametrize(
    ("encoding", "chunks", "why"),
    [
        ("", [b"x" * MIB, b"x"], "more than 1 MiB"),
        ("gzip", [gzip.compress(bytes(MIB + 1))], "more than 1 MiB"),
        ("gzip", pieces(gzip.compress(bytes(100 * MIB)), 100), "more than 1 MiB"),
        ("gzip", [b"not gzip"], "marked as gzip but isn't"),
        ("gzip", [gzip.compress(b"all of it")[:-9]], "an incomplete response"),
        ("gzip, gzip", [], "encoding"),
        ("gzip,gzip", [], "encoding"),
        ("br", [], "encoding"),
        ("zstd", [], "encoding"),
        ("x" * 70_000, [], "encoding"),
    ],
)
def test_what_is_too_large_cut_off_or_coded_otherwise_is_one_sentence(encoding, chunks, why):
    with pytest.raises(Unreachable) as refused:
        read(encoding, *chunks)

    assert why in refused.value.message
    assert refused.value.message.startswith("azure.example:8443 sent ")
    assert len(refused.value.message) < 200


def test_a_bomb_takes_no_more_memory_than_the_bound():
    bomb = gzip.compress(bytes(256 * MIB))
    tracemalloc.start()
    with pytest.raises(Unreachable):
        read("gzip", bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 3 * MIB
