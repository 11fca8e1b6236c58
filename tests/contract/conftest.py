"""The official SDK's source files as they are installed, and doctored ones."""

import functools
import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from . import generate
from .sdk import Field, Sdk

# File of the package to a function of its text.
Changes = Mapping[str, Callable[[str], str]]


class Doctored(Sdk):
    """The installed SDK with some files read otherwise; a file that is not there is read from nothing."""

    def __init__(self, whole: Sdk, changes: Changes) -> None:
        super().__init__()
        self.changes = changes
        self.whole = whole
        if not any(file.startswith("apis/") for file in changes):
            self.endpoints = whole.endpoints  # read once is enough

    def fields(self, model: str) -> dict[str, Field]:
        if f"models/{self.models[model]}.py" in self.changes:
            return super().fields(model)
        return self.whole.fields(model)

    def _text(self, file: str) -> str:
        path = self.folder / file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return self.changes[file](text) if file in self.changes else text


@pytest.fixture(scope="session")
def sdk() -> Sdk:
    if importlib.util.find_spec("PureCloudPlatformClientV2") is None:
        pytest.skip("the official SDK is not installed")
    return Sdk()


@pytest.fixture(scope="session")
def pinned(sdk: Sdk) -> Sdk:
    """The installed SDK, if the files are of it; what another one brings is the drift command's matter."""
    if sdk.version != generate.made_from():
        pytest.skip(f"the files are of SDK {generate.made_from()}, not of {sdk.version}")
    return sdk


@pytest.fixture
def doctored(pinned: Sdk) -> Callable[[Changes], Sdk]:
    """The SDK as it is installed but for these changes."""
    return functools.partial(Doctored, pinned)


@pytest.fixture
def doctored_folder(pinned: Sdk, tmp_path: Path) -> Callable[[Changes], Path]:
    """The same as a folder of files, most of them links."""

    def make(changes: Changes) -> Path:
        for source in pinned.folder.glob("*.py"):
            (tmp_path / source.name).symlink_to(source)
        (tmp_path / "apis").symlink_to(pinned.folder / "apis")
        (tmp_path / "models").mkdir()
        for source in (pinned.folder / "models").glob("*.py"):
            (tmp_path / "models" / source.name).symlink_to(source)
        for file, change in changes.items():
            path = tmp_path / file
            text = change(path.read_text(encoding="utf-8") if path.exists() else "")
            path.unlink(missing_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return make
