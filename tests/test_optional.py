"""A missing extra is named in one line."""

import pytest

from vaesynth._optional import import_optional


def test_a_module_that_is_there():
    import json.decoder

    assert import_optional("json.decoder", extra="plot") is json.decoder


def test_a_missing_package_names_the_extra():
    with pytest.raises(ImportError, match=r'absent .* pip install "vaesynth\[plot\]"$') as caught:
        import_optional("absent.part", extra="plot")
    assert "\n" not in str(caught.value)


def test_a_fault_inside_an_installed_package_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import absent_dependency\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="absent_dependency"):
        import_optional("half_installed", extra="plot")
