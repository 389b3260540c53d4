"""Whether calls that a page names can be made: every name exists, and takes the keywords that it is given.

Runs in our interpreter and, as a script, in that of another library, so it imports the standard library alone.
"""

import ast
import importlib
import inspect
import json
import sys
import types
import typing


class Missing(Exception):
    """A name that is not there, or a keyword that is not taken."""


def check(text, roots):
    """Look up every name of an expression that starts at one of the roots.

    `roots` maps a name to the objects it may stand for. Other names are taken for data that the reader has.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise Missing(f"{text} is no expression") from error
    look(tree, roots)


def look(node, roots):
    """The objects, or classes of objects, that a part of the expression may stand for; None where unknown."""
    if isinstance(node, ast.Name):
        return roots.get(node.id)
    if isinstance(node, ast.Attribute):
        owners = look(node.value, roots)
        if owners is None:
            return None
        found = [(owner, thing) for owner in owners for thing in member(owner, node.attr)]
        if not found:
            raise Missing(f"no {node.attr} in {ast.unparse(node.value)}")
        return [Bound(owner, thing) if callable(thing) else thing for owner, thing in found]
    if isinstance(node, ast.Call):
        called = look(node.func, roots)
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            look(part, roots)
        return None if called is None else returned(node, called)
    for part in ast.iter_child_nodes(node):
        look(part, roots)
    return None


class Bound:
    """Something callable that was reached through its owner."""

    def __init__(self, owner, thing):
        self.owner, self.thing = owner, thing

    def __getattr__(self, name):
        return getattr(self.thing, name)


def member(owner, name):
    """What the owner has of that name, in a list; submodules too. A property stands for what it returns."""
    owner = owner.thing if isinstance(owner, Bound) else owner
    if isinstance(owner, types.ModuleType) and not hasattr(owner, name):
        try:
            return [importlib.import_module(f"{owner.__name__}.{name}")]
        except ImportError:
            return []
    if hasattr(owner, name):
        return [getattr(owner, name)]
    return [object()] if name in getattr(owner, "__annotations__", {}) else []


def returned(call, called):
    """What a call gives, where its annotation says it."""
    given, faults = [], []
    for item in called:
        owner, thing = (item.owner, item.thing) if isinstance(item, Bound) else (None, item)
        try:
            signature = inspect.signature(thing)
            method = inspect.isclass(owner) and inspect.isfunction(thing) and not is_static(owner, thing)
            positional = [None] * (len(call.args) + method)
            signature.bind_partial(*positional, **{word.arg: None for word in call.keywords})
        except (TypeError, ValueError) as error:
            faults.append(f"{ast.unparse(call)}: {error}")
            continue
        given.append(result(owner, thing))
    if not given:
        raise Missing("; ".join(faults))
    known = [thing for thing in given if thing is not None]
    return known or None


def is_static(owner, function):
    """Whether a class's function takes no self."""
    return isinstance(inspect.getattr_static(owner, function.__name__, None), staticmethod)


def result(owner, thing):
    """The class of what a function returns, where it says so; None otherwise."""
    if inspect.isclass(thing):
        return thing
    name = getattr(thing, "__annotations__", {}).get("return")
    if name is typing.Self or getattr(thing, "__name__", "") == "fit":
        owner = owner.thing if isinstance(owner, Bound) else owner
        return owner if inspect.isclass(owner) else type(owner)
    return name if inspect.isclass(name) and name.__module__.partition(".")[0] in OURS else None


OURS = {"clove"}


def faults_of(texts, roots):
    """What cannot be called, in words."""
    faults = []
    for text in texts:
        try:
            check(text, roots)
        except Missing as missing:
            faults.append(f"{text}: {missing}")
    return faults


def lifetimes_roots():
    """The names that the page's first table starts from, and the public members of the models."""
    import lifetimes
    import lifetimes.generate_data
    import lifetimes.plotting
    import lifetimes.utils
    import numpy as np

    np.random.seed(1)  # noqa: NPY002 - the only generator that lifetimes draws from
    made = lifetimes.generate_data.beta_geometric_nbd_model(np.linspace(20.0, 100.0, 300), 0.7, 10.0, 0.8, 2.5, 300)
    # an attribute of a fit exists on a fitted one only
    fitted = lifetimes.BetaGeoFitter().fit(made["frequency"], made["recency"], made["T"])
    classes = {name: getattr(lifetimes, name) for name in lifetimes.__all__ if name.endswith("Fitter")}
    roots = {name: [cls] for name, cls in classes.items()}
    roots |= {"lifetimes": [lifetimes], "fitter": [fitted, *classes.values()]}
    members = {name for owner in (fitted, *classes.values()) for name in public(owner)}
    members |= set(lifetimes.utils.__all__) | set(lifetimes.plotting.__all__)
    members |= {name for name in vars(lifetimes.generate_data) if name.endswith(("_model", "_data"))}
    return roots, members


def pymc_marketing_roots():
    """The same for the second table."""
    from pymc_marketing import clv

    purchases = [clv.BetaGeoModel, clv.ModifiedBetaGeoModel, clv.ParetoNBDModel, clv.BetaGeoBetaBinomModel]
    models = [getattr(clv, name) for name in clv.__all__ if name.endswith(("Model", "Individual"))]
    members = {name for model in models for name in public(model)} | set(clv.__all__)
    return {"clv": [clv], "model": purchases}, members


def public(owner):
    """Names without an underscore in front."""
    return [name for name in dir(owner) if not name.startswith("_")]


if __name__ == "__main__":
    roots, members = {"lifetimes": lifetimes_roots, "pymc-marketing": pymc_marketing_roots}[sys.argv[1]]()
    json.dump({"faults": faults_of(json.load(sys.stdin), roots), "members": sorted(members)}, sys.stdout)
