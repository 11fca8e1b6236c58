"""What the package gives out, and what importing it costs."""

import json
import re
import subprocess
import sys
from pathlib import Path

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
