"""What each program's environment holds: an allow-list, and secrets only where they belong."""

import json

import pytest

from portal_lib.serving import programs as module
from portal_lib.settings import Settings

SECRETS = {
    "PORTAL_ACCOUNTS_URL": "postgresql://portal:accounts-secret@db/accounts",
    "PORTAL_SMTP_PASSWORD": "smtp-secret",
    "AWS_SECRET_ACCESS_KEY": "shell-secret",
}


@pytest.fixture
def environments(tmp_path, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path))
    return {program.name: dict(program.environment) for program in module.programs(Settings())}


def test_the_reports_runner_is_one_of_the_programs_unless_cron_does_its_work(tmp_path):
    names = [program.name for program in module.programs(Settings(var=tmp_path))]
    assert names[-1] == "the reports runner"
    without = [program.name for program in module.programs(Settings(var=tmp_path, reports_every_minutes=0))]
    assert without == names[:-1]


def test_the_accounts_database_and_mail_password_reach_the_hub_alone(environments):
    assert "accounts-secret" in json.dumps(environments["the Hub"])
    for name in ("the proxy", "the dashboard service", "the reports runner"):
        text = json.dumps(environments[name])
        assert "accounts-secret" not in text and "smtp-secret" not in text


def test_the_shells_own_secrets_reach_no_program(environments):
    assert "shell-secret" not in json.dumps(environments)


def test_the_service_knows_its_own_token_and_not_the_proxys(environments):
    hub, service = environments["the Hub"], environments["the dashboard service"]
    assert service["JUPYTERHUB_API_TOKEN"] == hub["PORTALE_SERVICE_TOKEN"]
    assert hub["CONFIGPROXY_AUTH_TOKEN"] not in service.values()


def test_no_secret_stands_on_a_command_line(environments, tmp_path):
    commands = json.dumps([list(program.command) for program in module.programs(Settings())])
    for environment in environments.values():
        for name, value in environment.items():
            if "TOKEN" in name or "SECRET" in name:
                assert value not in commands


def test_every_start_makes_new_tokens(tmp_path):
    first, second = (module.programs(Settings(var=tmp_path)) for _ in range(2))
    assert first[1].environment["PORTALE_SERVICE_TOKEN"] != second[1].environment["PORTALE_SERVICE_TOKEN"]
