"""Templates of one's own are run with what a document needs, and nothing else: they read, and never write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from socharm.errors import SchemaError
from socharm.profiles.extras import need

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["LONGEST", "STEPS", "make_environment"]

#: Turns of loops and calls that a template may take; a profile of the packaged one takes about a thousand.
STEPS: Final = 200_000
#: Characters that a template may write, and that one of its texts may have.
LONGEST: Final = 10_000_000
#: Methods of tables that read.
_READING: Final = ("head", "items", "iterrows", "itertuples", "keys", "tail")
_PLAIN: Final = (str, bytes, int, float, bool, tuple, list, dict, Mapping)


def make_environment(
    sources: Mapping[str, str], *, written: Callable[[Any], Any], calls: Collection[Callable[..., Any]]
) -> SandboxedEnvironment:
    """An environment of Jinja2 that runs templates which nobody has read.

    Parameters
    ----------
    sources : mapping of str to str
        Every template there is, by name: nothing is read from the disk.
    written : callable
        What becomes of each value that is printed.
    calls : collection of callables
        Functions that a template may call, beside the methods of texts, lists and Jinja2's own.

    Notes
    -----
    Loops and calls are counted, since a template has no other way to run for ever; large products of texts and numbers
    are refused before they are made. A filter can still ask for much memory at once: use templates of people you know.
    """
    jinja2 = need("jinja2", what="A profile as a document")
    sandbox = need("jinja2.sandbox", what="A profile as a document")
    runtime = need("jinja2.runtime", what="A profile as a document")
    own = (runtime.Macro, runtime.BlockReference, runtime.LoopContext)
    steps = [0]

    def step() -> None:
        steps[0] += 1
        if steps[0] > STEPS:
            raise SchemaError(f"The template takes more than {STEPS:,} steps. Take out the loop that has no end.")

    def counted(values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            step()
            yield value

    class _Environment(sandbox.SandboxedEnvironment):  # type: ignore[misc, name-defined]
        intercepted_binops = frozenset(["*", "**", "%"])

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            _require_small(operator, left, right)
            return super().call_binop(context, operator, left, right)

        def is_safe_callable(self, obj: Any) -> bool:
            owner = getattr(obj, "__self__", None)
            reads = isinstance(owner, pd.DataFrame | pd.Series) and getattr(obj, "__name__", "") in _READING
            jinjas = obj in self.globals.values() or isinstance(obj, own)
            plain = owner is not None and isinstance(owner, _PLAIN)
            return bool(super().is_safe_callable(obj)) and (jinjas or reads or plain or obj in calls)

        def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
            step()
            return super().call(context, obj, *args, **kwargs)

        def compile(self, source: Any, name: Any = None, filename: Any = None, raw: bool = False, **other: Any) -> Any:
            try:
                tree = self.parse(source, name, filename) if isinstance(source, str) else source
            except jinja2.TemplateSyntaxError:
                self.handle_exception(source=source)
            for loop in tree.find_all(jinja2.nodes.For):
                loop.iter = jinja2.nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
            return super().compile(tree, name, filename, raw, **other)

    environment: SandboxedEnvironment = _Environment(
        loader=jinja2.DictLoader(dict(sources)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["counted"] = counted
    return environment


def _require_small(operator: str, left: Any, right: Any) -> None:
    """Stop before a product, a power or a padded text that fills the memory."""
    numbers = [value for value in (left, right) if isinstance(value, int)]
    padded = operator == "%" and isinstance(left, str) and any(len(part) > 3 for part in _runs(left))
    others = [value for value in (left, right) if not isinstance(value, int) and hasattr(value, "__len__")]
    large = (
        padded
        or (operator == "*" and others and numbers and len(others[0]) * abs(numbers[0]) > LONGEST)
        or (operator == "**" and len(numbers) == 2 and numbers[0].bit_length() * abs(numbers[1]) > 10_000)
    )
    if large:
        raise SchemaError(f"The template makes something too large by {operator!r}. Make it smaller.")


def _runs(text: str) -> list[str]:
    return "".join(letter if letter.isdecimal() else " " for letter in text).split()
