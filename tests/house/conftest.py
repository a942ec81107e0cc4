"""The tiny world of every public function, made once for all tests that call them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from fuzz_cases import call, clean, make_world, right_arguments

from socharm.stats import random_streams


class Called(NamedTuple):
    """A call of a public function with its right arguments, what it gave, and for what purposes it drew."""

    given: dict[str, Any]
    made: Any
    purposes: set[str]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Right arguments stand in it: call `clean` after a call that may have written."""
    return make_world(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def called(tiny, tmp_path_factory) -> Callable[[str], Called]:
    """Calls a public function with its right arguments: once, however many tests look at what it gives."""
    usual, known = right_arguments(tiny), dict[str, Called]()
    elsewhere = tmp_path_factory.mktemp("written")
    hashed = random_streams.blake2b

    def once(name: str) -> Called:
        if name not in known:
            given, heard = usual[name](), set[str]()

            def hears(text: bytes, *, digest_size: int):
                heard.add(text.decode())
                return hashed(text, digest_size=digest_size)

            with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
                warnings.simplefilter("ignore")
                patch.chdir(elsewhere)
                patch.setattr(random_streams, "blake2b", hears)
                known[name] = Called(given, call(name, given), heard)
            clean(tiny)
        return known[name]

    return once
