"""Templates of one's own are run with what a document needs, and nothing else: they read, and never write."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from socharm.documents.allowance import LONGEST, STEPS, Allowance
from socharm.documents.extras import need

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["LONGEST", "STEPS", "make_environment"]

#: What draws by chance: documents do not.
_BY_CHANCE: Final = ("lipsum", "random")
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
    Loops, calls, texts, lists and seconds are counted (`socharm.documents.allowance` states the limits); what would be
    too large at once is refused before it is made. Lists and tables cannot be changed, and nothing is drawn by chance:
    the same report gives the same document.
    """
    jinja2 = need("jinja2", what="A document")
    sandbox = need("jinja2.sandbox", what="A document")
    runtime = need("jinja2.runtime", what="A document")
    own = (runtime.Macro, runtime.BlockReference, runtime.LoopContext)
    spent = Allowance()

    class _Environment(sandbox.ImmutableSandboxedEnvironment):  # type: ignore[misc, name-defined]
        intercepted_binops = frozenset(["+", "*", "**", "%"])
        concat = staticmethod(spent.joined)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            spent.require_product(operator, left, right)
            return spent.made(super().call_binop(context, operator, left, right))

        def is_safe_callable(self, obj: Any) -> bool:
            owner = getattr(obj, "__self__", None)
            reads = isinstance(owner, pd.DataFrame | pd.Series) and getattr(obj, "__name__", "") in _READING
            jinjas = obj in self.globals.values() or isinstance(obj, own)
            plain = owner is not None and isinstance(owner, _PLAIN)
            return bool(super().is_safe_callable(obj)) and (jinjas or reads or plain or obj in calls)

        def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
            spent.step()
            owner = getattr(obj, "__self__", None)
            if isinstance(owner, str):
                spent.require_small(getattr(obj, "__name__", ""), (owner, *args, *kwargs.values()))
            return spent.made(super().call(context, obj, *args, **kwargs))

        def compile(self, source: Any, name: Any = None, filename: Any = None, raw: bool = False, **other: Any) -> Any:
            try:
                tree = self.parse(source, name, filename) if isinstance(source, str) else source
            except jinja2.TemplateSyntaxError:
                self.handle_exception(source=source)
            _count(tree, jinja2.nodes)
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
    for name in _BY_CHANCE:
        environment.globals.pop(name, None)
        environment.filters.pop(name, None)
    for name, made in list(environment.filters.items()):
        environment.filters[name] = _limited(name, made, spent)
    environment.filters["counted"] = spent.counted
    environment.filters["sized"] = spent.made
    environment.filters["joined"] = _joining(runtime, spent, jinja2.pass_eval_context)
    return environment


def _limited(name: str, made: Callable[..., Any], spent: Allowance) -> Callable[..., Any]:
    """A filter whose arguments and result are counted."""

    @functools.wraps(made)
    def limited(*args: Any, **kwargs: Any) -> Any:
        spent.step()
        spent.require_small(name, (*args, *kwargs.values()))
        return spent.made(made(*args, **kwargs))

    return limited


def _joining(runtime: Any, spent: Allowance, pass_context: Callable[..., Any]) -> Any:
    """The operator ``~`` as a filter over its operands, which are counted before they are joined."""

    def joined(context: Any, operands: list[Any]) -> Any:
        spent.made(operands)
        return (runtime.markup_join if context.autoescape else runtime.str_join)(operands)

    return pass_context(joined)


def _count(tree: Any, nodes: Any) -> None:
    """Have every loop counted step by step, and every list, table and joined text by its size."""
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = _filtered(loop.iter, "counted", nodes)
    _replace(tree, nodes)


def _replace(parent: Any, nodes: Any) -> None:
    for name, value in parent.iter_fields():
        if isinstance(value, list):
            setattr(parent, name, [_replaced(item, nodes) for item in value])
        else:
            setattr(parent, name, _replaced(value, nodes))


def _replaced(node: Any, nodes: Any) -> Any:
    if not isinstance(node, nodes.Node):
        return node
    _replace(node, nodes)
    if isinstance(node, nodes.Concat):
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "joined", nodes)
    built = isinstance(node, (nodes.List, nodes.Dict)) or (isinstance(node, nodes.Tuple) and node.ctx == "load")
    return _filtered(node, "sized", nodes) if built else node


def _filtered(node: Any, name: str, nodes: Any) -> Any:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
