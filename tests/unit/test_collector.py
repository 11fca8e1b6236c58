"""The collector is off while a page is decoded, and as it was afterwards."""

import gc

import pytest

from gcanalytics.frames.collector import held


def test_it_is_off_inside_and_on_again_after_the_last_holder() -> None:
    assert gc.isenabled()
    with held():
        assert not gc.isenabled()
        with held():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_turns_it_on_again() -> None:
    with pytest.raises(RuntimeError), held():
        raise RuntimeError
    assert gc.isenabled()


def test_who_has_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with held():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
