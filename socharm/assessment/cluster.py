"""A cluster of Dask, found by its address."""

from __future__ import annotations

import threading
from typing import Any, Final, Protocol

from socharm.errors import MissingExtraError, ParameterError

__all__ = ["Cluster", "connect"]

#: Seconds that a cluster has to answer.
_PATIENCE: Final = 20.0


class Cluster(Protocol):
    """A client of a cluster of Dask: a ``distributed.Client``."""

    scheduler_info: Any

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        """A call on one of its workers, as a future."""


def connect(address: str) -> Any:
    """A client of the cluster at an address.

    Raises
    ------
    MissingExtraError
        Dask is not installed.
    ParameterError
        No cluster answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError(
            "A cluster of Dask needs dask and distributed, which are not installed. Install them with "
            "`pip install 'socharm[dask]'`, or leave the address out to run on this machine."
        ) from error
    made: list[Any] = []

    def ask() -> None:
        try:
            made.append(Client(address, timeout=10))
        except Exception as error:  # noqa: BLE001 - what else speaks there, such as a web server, is told by any of many
            made.append(error)

    # A server that takes the connection and says nothing is waited for without end, whatever the timeout.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    found = made[0] if made else TimeoutError(f"no answer in {_PATIENCE:g} s")
    if isinstance(found, Exception):
        raise ParameterError(
            f"No cluster of Dask answers at {address!r}. Give the address that its scheduler prints, such as "
            "tcp://host:8786, not that of its dashboard."
        ) from found
    return found
