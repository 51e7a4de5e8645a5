"""The file of targets: errors name line and field, and no secret stands in it or in a message."""

import pytest

from configs.alerts import AlertSettings, load_alerts, portal_address
from configs.system.errors import ConfigError, UnavailableError, UsageError

TOKEN = "T0KENs3cretT0KEN"


def write(home, text):
    (home / "alerts.yaml").write_text(text, encoding="utf-8")
    return load_alerts(home)


def target(home, url, **fields):
    more = "".join(f"\n    {name}: {value}" for name, value in fields.items())
    return write(home, f"targets:\n  - name: team\n    url: {url}{more}\n").targets[0]


def test_a_file_with_every_field(tmp_path):
    found = write(
        tmp_path,
        """
portal: https://papers.example/lens
targets:
  - name: team
    url: mailtos://${MAIL_USER}:${MAIL_PASSWORD}@mail.example?to=team@un.example
    searches: [windows, plans]
    format: html
    access: [members]
    send_empty: true
  - name: chat
    url: ${SLACK_URL}
    access: all
""",
    )
    targets = [(one.name, one.format, one.access) for one in found.targets]
    assert targets == [("team", "html", ("members",)), ("chat", "text", "all")]
    assert portal_address(tmp_path) == "https://papers.example/lens"


def test_without_a_file_there_is_no_portal_and_nothing_to_send_to(tmp_path):
    assert portal_address(tmp_path) is None
    with pytest.raises(UnavailableError, match=r"alerts\.yaml: there is no such file"):
        load_alerts(tmp_path)
    assert write(tmp_path, "") == AlertSettings()


@pytest.mark.parametrize(
    "url",
    [
        "mailto://relay.example?to=a@b.example&from=lens@b.example",
        "mailtos://lens:${PASSWORD}@b.example?to=a@b.example",
        "json://hook.example:8080/papers",
        "jsons://hook.example/papers?-token=${HOOK}",
        "jsons://hook.example/papers?+Authorization=Bearer%20${HOOK}",
        "slack://${A}/${B}/${C}/#papers",
        "${TEAMS_URL}",
    ],
)
def test_urls_whose_secrets_stand_in_the_environment_are_taken(tmp_path, url):
    assert target(tmp_path, url).url.get_secret_value() == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"slack://{TOKEN}/{TOKEN}/{TOKEN}", "whoever has this URL"),
        (f"mailto://lens:{TOKEN}@b.example?to=a@b.example", "holds a password"),
        (f"json://hook.example/?token={TOKEN}", "holds a password"),
        (f"json://hook.example/?a=b&-token={TOKEN}", "holds a password"),
        (f"json://hook.example/?+Authorization=Bearer%20{TOKEN}", "holds a password"),
        (f"mailtos://${{USER}}:{TOKEN}@b.example?to=a@b.example", "holds a password"),
        (TOKEN, "is no URL"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, url, words):
    with pytest.raises(ConfigError, match=words) as refused:
        target(tmp_path, url)
    assert (refused.value.line, refused.value.field) == (3, "targets.0.url")
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("targets:\n  - name: a\n    url: json://h/\n    colour: red\n", 4, "targets.0.colour"),
        ("targets:\n  - name: a\n    url: json://h/\n    format: pdf\n", 4, "targets.0.format"),
        ("targets:\n  - url: json://h/\n", 2, "targets.0.name"),
        ("portal: papers.example\n", 1, "portal"),
        ("portal: https://a:b@papers.example\n", 1, "portal"),
        ("targets:\n" + "  - {name: a, url: 'json://h/'}\n" * 2, 1, None),
    ],
)
def test_what_does_not_fit_is_named_with_line_and_field(tmp_path, text, line, field):
    with pytest.raises(ConfigError) as refused:
        write(tmp_path, text)
    assert (refused.value.line, refused.value.field) == (line, field)


def test_variables_are_put_in_and_all_their_forms_are_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("PASSWORD", "p%40ss")
    url, secrets = target(tmp_path, "mailto://lens:${PASSWORD}@b.example?to=a@b.example").revealed()
    assert url == "mailto://lens:p%40ss@b.example?to=a@b.example"
    assert {"p%40ss", "p@ss"} <= set(secrets)


def test_the_parts_of_a_url_that_is_secret_as_a_whole_are(tmp_path, monkeypatch):
    monkeypatch.setenv("SLACK_URL", f"slack://bot@A{TOKEN}/B{TOKEN}/#papers")
    _, secrets = target(tmp_path, "${SLACK_URL}").revealed()
    assert f"B{TOKEN}" in secrets


def test_a_variable_that_is_not_set_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(UsageError, match="NOT_SET") as refused:
        target(tmp_path, "json://h/?token=${NOT_SET}").revealed()
    assert "target 'team' in alerts.yaml" in (refused.value.remedy or "")
