"""The API's columns are those of the official SDK's models."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def generator() -> Any:
    if importlib.util.find_spec("PureCloudPlatformClientV2") is None:
        pytest.skip("the official SDK is not installed")
    spec = importlib.util.spec_from_file_location(
        "columns_generate", Path(__file__).parents[1] / "columns_generate.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_contract_has_every_field_of_the_installed_sdk(generator: Any) -> None:
    assert generator.missing() == []


def test_a_field_that_the_contract_lacks_is_named(
    generator: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = generator.COLUMNS.read_text(encoding="utf-8").replace('"wrapUpNote"', '"gone"')
    monkeypatch.setattr(generator, "COLUMNS", tmp_path / "columns.json")
    generator.COLUMNS.write_text(text, encoding="utf-8")
    assert generator.main(["--check"]) == 1
    assert capsys.readouterr().out == "segments.wrapUpNote\n"
    assert generator.main([]) == 0
    assert generator.missing() == []
    assert '"gone"' in generator.COLUMNS.read_text(encoding="utf-8")
