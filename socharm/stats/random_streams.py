"""The one place where a seed becomes random numbers.

The rule for seeds:

1. Whoever asks gives one seed, a whole number from 0; no step has a seed of its own, and none draws without one.
2. A step says what it draws for: its `purpose`, a short word such as ``"gi-star"``. Random numbers are a function of
   seed and purpose, so two purposes share no draw, and one seed does for a whole assessment. Each purpose is named at
   one place of the code; a test holds that.
3. Under one purpose there is a stream for each block of draws (or for each draw), numbered from 0, and blocks have a
   fixed size. So results depend neither on the number of threads nor on the order in which they finish.
4. The same seed under the same purpose gives the same random numbers, which is meant (common random numbers): a method
   called twice differs by what was changed and not by chance. Where code counts on that, a comment says "Coupled".
5. The draws of harm rates behind ranks come from counters (`socharm.stats.coupled`), whose key is of the seed alone,
   `stream_key`: they are meant to be the same in every step that ranks, which are the ranking, its uncertainty by
   choices and the hold-out.

A purpose becomes the spawn key of NumPy's `SeedSequence`: the 16 bytes of BLAKE2b (RFC 7693) of its UTF-8 text as four
little-endian words of 32 bits, followed by the number of the stream. That depends on no version of Python and on no
platform; NumPy promises the same of `SeedSequence` and of the raw bits of SFC64. The invented force of `socharm.sample`
is data, made once, and keeps the streams that it was made with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from hashlib import blake2b
from struct import unpack
from typing import Final, TypeVar

import numpy as np

from socharm._checks import require_positive
from socharm.errors import ParameterError
from socharm.stats.threads import map_in_order

__all__ = ["BLOCK", "block_sizes", "map_blocks", "seed_of_data", "stream", "stream_key", "streams"]

#: Draws of one block. Fixed: another size would be other random numbers.
BLOCK: Final = 250

_R = TypeVar("_R")


def streams(seed: int, n: int, *, purpose: str) -> list[np.random.Generator]:
    """The first `n` generators of a seed and a purpose, independent of each other.

    Parameters
    ----------
    seed : int
        At least 0.
    n : int
    purpose : str
        What is drawn, in a word that no other method uses.

    Examples
    --------
    >>> first, second = streams(7, 2, purpose="shuffles")
    >>> again, other = streams(7, 1, purpose="shuffles")[0], streams(7, 1, purpose="samples")[0]
    >>> value = first.random()
    >>> bool(value == again.random()), bool(value == second.random()), bool(value == other.random())
    (True, False, False)
    """
    return [stream(seed, number, purpose=purpose) for number in range(n)]


def stream(seed: int, number: int, *, purpose: str) -> np.random.Generator:
    """One of the generators of `streams`, by its number from 0, without those before it.

    Parameters
    ----------
    seed : int
    number : int
    purpose : str

    Examples
    --------
    >>> bool(stream(7, 1, purpose="shuffles").random() == streams(7, 2, purpose="shuffles")[1].random())
    True
    """
    words = unpack("<4I", blake2b(purpose.encode(), digest_size=16).digest())
    child = np.random.SeedSequence(_whole(seed), spawn_key=(*words, number))
    return np.random.Generator(np.random.SFC64(child))


def stream_key(seed: int) -> np.uint64:
    """Key of the counters of a seed, for the draws of `socharm.stats.coupled`.

    Parameters
    ----------
    seed : int
        At least 0.

    Examples
    --------
    >>> bool(stream_key(1) == stream_key(1)), bool(stream_key(1) == stream_key(2))
    (True, False)
    """
    return np.uint64(np.random.SeedSequence(_whole(seed)).generate_state(1, np.uint64)[0])


def seed_of_data(seed: int, data: bytes) -> int:
    """A seed that the data go into as well: draws for other data share no random number with these.

    Parameters
    ----------
    seed : int
        At least 0.
    data : bytes
        What tells the data apart, of whole numbers and texts only: the last digits of others differ between machines.

    Examples
    --------
    >>> seed_of_data(1, b"May") == seed_of_data(1, b"May"), seed_of_data(1, b"May") == seed_of_data(1, b"June")
    (True, False)
    """
    words = unpack("<4I", hashlib.blake2b(data, digest_size=16).digest())
    return int(np.random.SeedSequence(_whole(seed), spawn_key=words).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _whole(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ParameterError(f"`seed` is {seed!r}; it must be a whole number of at least 0.")
    return int(seed)


def block_sizes(draws: int, block: int = BLOCK) -> list[int]:
    """Sizes of the blocks that `draws` are cut into.

    Examples
    --------
    >>> block_sizes(600)
    [250, 250, 100]
    """
    require_positive(draws, name="draws", whole=True)
    return [min(block, draws - start) for start in range(0, draws, block)]


def map_blocks(
    function: Callable[[np.random.Generator, int], _R], *, draws: int, seed: int, purpose: str, threads: int = 2
) -> list[_R]:
    """Call ``function(generator, size)`` for each block and return the results in the order of the blocks.

    Parameters
    ----------
    function : callable
        Must draw from the generator it is given and from nothing else.
    draws : int
    seed, purpose
        As of `streams`.
    threads : int
        Any number gives the same results.
    """
    sizes = block_sizes(draws)
    generators = streams(seed, len(sizes), purpose=purpose)
    return list(map_in_order(function, generators, sizes, threads=min(threads, len(sizes))))
