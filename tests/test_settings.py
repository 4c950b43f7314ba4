"""Settings come from one file and the environment, are all documented, and say clearly what is wrong with them."""

import re
from pathlib import Path

import pytest

import portal_lib
from portal_lib.settings import BadSettings, Settings, load_settings

MANUAL = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture
def config(tmp_path, monkeypatch):
    file = tmp_path / "portal.toml"
    file.touch()
    monkeypatch.setenv("PORTAL_CONFIG", str(file))
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PORTAL_{name.upper()}", raising=False)
    return file


def test_every_setting_stands_in_the_manual_with_its_own_words():
    text = re.sub(r"\s+", " ", MANUAL.read_text())
    for name, field in Settings.model_fields.items():
        assert f"`{name}`" in text, name
        assert re.sub(r"\s+", " ", field.description or "?") in text, name


def test_the_manual_names_no_setting_that_does_not_exist():
    named = set(re.findall(r"^\| `(\w+)`", MANUAL.read_text(), re.MULTILINE))
    assert named == set(Settings.model_fields)


def test_the_file_is_read_and_the_environment_overrides_it(config, monkeypatch):
    config.write_text('supplier_name = "Dal file"\nport = 8100\n')
    monkeypatch.setenv("PORTAL_PORT", "8200")
    settings = load_settings()
    assert (settings.supplier_name, settings.port) == ("Dal file", 8200)


def test_without_a_file_the_defaults_hold(config, monkeypatch, tmp_path):
    monkeypatch.delenv("PORTAL_CONFIG")
    monkeypatch.chdir(tmp_path)
    config.unlink()
    assert load_settings().address == "http://127.0.0.1:8000"


def test_a_file_that_is_named_must_be_there(config):
    config.unlink()
    with pytest.raises(BadSettings, match=re.escape(str(config))):
        load_settings()


def test_an_unknown_setting_is_refused_by_name(config):
    config.write_text("prot = 8100\n")
    with pytest.raises(BadSettings, match="prot"):
        load_settings()


def test_a_wrong_value_is_refused_by_name_and_without_the_value(config, monkeypatch):
    monkeypatch.setenv("PORTAL_SMTP_PORT", "hunter2")
    with pytest.raises(BadSettings, match="smtp_port") as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


def test_a_limit_can_be_set_in_the_file_and_in_the_environment(config, monkeypatch):
    config.write_text('limit_login_account = "5/30s"\n')
    assert str(load_settings().limit_login_account) == "5/30s"
    monkeypatch.setenv("PORTAL_LIMIT_LOGIN_ACCOUNT", "2000/1h")
    assert load_settings().limit_login_account.tries == 2000
    monkeypatch.setenv("PORTAL_LIMIT_LOGIN_ACCOUNT", "often")
    with pytest.raises(BadSettings, match="limit_login_account"):
        load_settings()


def test_a_file_that_is_not_toml_is_refused_with_its_name(config):
    config.write_text("this is not toml")
    with pytest.raises(BadSettings, match=re.escape(str(config))):
        load_settings()


def test_secrets_do_not_show_when_settings_are_printed(config, monkeypatch):
    monkeypatch.setenv("PORTAL_SMTP_PASSWORD", "geheim")
    assert "geheim" not in repr(load_settings())


def test_a_misspelled_setting_is_called_one_that_does_not_exist(config):
    config.write_text("prot = 8000\n")
    with pytest.raises(BadSettings, match="prot: there is no such setting"):
        load_settings()


@pytest.mark.parametrize("name", ["PORTAL_SMPT_HOST", "portal_smpt_host", "PORTAL_NONSENSE"])
def test_a_misspelled_variable_is_refused_by_name_and_without_its_value(config, monkeypatch, name):
    monkeypatch.setenv(name, "hunter2")
    with pytest.raises(BadSettings, match=f"{name}: there is no such setting") as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)
    assert ("is PORTAL_SMTP_HOST meant?" in str(refusal.value)) == ("smpt" in name.lower())


def test_variables_that_the_portals_own_programs_use_are_no_mistake(config, monkeypatch):
    source = "\n".join(path.read_text() for path in Path(portal_lib.__path__[0]).rglob("*.py"))
    source += "\n".join(path.read_text() for path in Path(portal_lib.__path__[0]).rglob("*.sh"))
    used = set(re.findall(r"\bPORTAL_[A-Z0-9_]*[A-Z0-9]\b", source))
    assert {"PORTAL_VISITOR", "PORTAL_READS_URL"} <= used
    monkeypatch.setenv("portal_port", "8300")  # as before, capitals don't matter
    for name in used - {f"PORTAL_{name.upper()}" for name in Settings.model_fields} - {"PORTAL_CONFIG"}:
        monkeypatch.setenv(name, "x")
    assert load_settings().port == 8300
