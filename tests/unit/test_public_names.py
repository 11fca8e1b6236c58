"""What the package gives out, and what importing it costs."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gcanalytics as gca


@pytest.mark.parametrize("name", gca.__all__)
def test_every_public_name_loads(name: str) -> None:
    assert getattr(gca, name) is not None


def test_the_listing_is_what_is_given_out() -> None:
    assert dir(gca) == sorted(gca.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = gca.nothing


def test_editors_see_every_public_name() -> None:
    told = re.findall(r"^    from .* import \w+ as (\w+)$", Path(gca.__file__).read_text(), re.MULTILINE)
    assert sorted([*told, "__version__"]) == sorted(gca.__all__)


def test_importing_it_loads_none_of_the_heavy_packages() -> None:
    code = "import json, sys, gcanalytics; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"pandas", "matplotlib", "ipywidgets", "pyarrow", "numpy", "requests", "websocket"}


def _public() -> dict[str, Callable[..., Any]]:
    """What an analyst calls: functions of the package and of its modules, methods of what they return."""
    found: dict[str, Callable[..., Any]] = {}
    for name in gca.__all__:
        value = getattr(gca, name)
        if inspect.isfunction(value):
            found[name] = value
    for module in (gca.measures, gca.charts):
        found |= {f"{module.__name__}.{name}": getattr(module, name) for name in module.__all__}
    for kind in (gca.Client, gca.ConversationDetails):
        for name, value in inspect.getmembers(
            kind, lambda one: inspect.isfunction(one) or inspect.ismethod(one)
        ):
            if not name.startswith("_"):
                found[f"{kind.__name__}.{name}"] = value
    return found


@pytest.mark.parametrize("name", _public())
def test_what_an_analyst_calls_tells_its_arguments_and_errors(name: str) -> None:
    called = _public()[name]
    told = inspect.getdoc(called) or ""
    arguments = {each.lstrip("*") for each in inspect.signature(called).parameters} - {"self"}
    if "rguments" not in told:  # those of a measure may be "as for `volume`"
        assert not [each for each in arguments if not re.search(rf"^ +\**{each}: ", told, re.MULTILINE)]
    quiet = {"Client.close", "ConversationDetails.compact", "ConversationDetails.to_records"}
    assert ("Raises:" in told) == (name not in quiet)
