"""Regions, credentials and network settings, without a network."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.errors import ConfigurationError
from gcanalytics.settings import REGIONS, Network, Settings, hosts

IE = ("https://api.mypurecloud.ie", "https://login.mypurecloud.ie")


@pytest.mark.parametrize(
    "region",
    [
        "eu_west_1",
        "eu-west-1",
        "EU-West-1",
        " mypurecloud.ie ",
        "api.mypurecloud.ie",
        "login.mypurecloud.ie",
        "https://api.mypurecloud.ie",
        "https://apps.mypurecloud.ie/",
        "https://mypurecloud.ie",
    ],
)
def test_a_region_is_known_by_every_name_it_has(region: str) -> None:
    assert hosts(region) == IE


def test_sydney_and_singapore_are_not_mixed_up() -> None:
    assert hosts("ap-southeast-2")[0] == "https://api.mypurecloud.com.au"
    assert hosts("ap_southeast_1")[0] == "https://api.apse1.pure.cloud"
    assert len(REGIONS) == 18


def test_a_local_simulator_and_a_gateway_are_taken_as_they_are() -> None:
    assert hosts("http://127.0.0.1:8080/") == ("http://127.0.0.1:8080",) * 2
    assert hosts("http://[::1]:8080") == ("http://[::1]:8080",) * 2
    assert hosts("https://gateway.example/genesys") == ("https://gateway.example/genesys",) * 2
    assert hosts("https://api.new.pure.cloud")[1] == "https://login.new.pure.cloud"


@pytest.mark.parametrize(
    ("region", "nearest"),
    [
        ("eu_west_11", "eu_west_1"),
        ("mypurecloud.i", "mypurecloud.ie"),
        ("frankfurt", "eu_"),
        ("", "us_east_1"),
    ],
)
def test_a_wrong_region_names_the_nearest(region: str, nearest: str) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no region") as wrong:
        hosts(region)
    assert nearest in str(wrong.value)


@pytest.mark.parametrize(
    "region",
    [
        "http://api.mypurecloud.ie",
        "http://192.168.0.7:8000",
        "ftp://api.mypurecloud.ie",
        "https://user:hunter2@api.mypurecloud.ie",
        "https://",
        "https://host:notaport",
        "https://host?x=1",
    ],
)
def test_a_url_that_would_leak_or_makes_no_sense_is_refused(region: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        hosts(region)
    assert "hunter2" not in str(wrong.value)


def _resolve(tmp_path: Path, environ: dict[str, str] | None = None, **options: Any) -> Settings:
    return Settings.resolve(**options, environ=environ or {}, home=tmp_path)


ENVIRON = {
    "GENESYSCLOUD_REGION": "eu-west-1",
    "GENESYSCLOUD_OAUTHCLIENT_ID": "env-id",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET": "env-secret",
}


def _write_profile(home: Path, text: str) -> None:
    (home / ".gc").mkdir()
    (home / ".gc" / "config.toml").write_text(text, encoding="utf-8")


PROFILE = """
[DEFAULT]
environment = "mypurecloud.de"
client_credentials = "default-id"
client_secret = "default-secret"
[test]
environment = "mypurecloud.jp"
access_token = "profile-token"
"""


def test_arguments_stand_before_the_environment_and_that_before_the_profile(tmp_path: Path) -> None:
    _write_profile(tmp_path, PROFILE)
    given = _resolve(tmp_path, ENVIRON, region="us_west_2", client_id="a", client_secret="b")
    assert (given.api, given.client_id, given.source) == ("https://api.usw2.pure.cloud", "a", "the arguments")
    named = _resolve(tmp_path, ENVIRON)
    assert (named.api, named.client_id, named.client_secret) == (IE[0], "env-id", "env-secret")
    stored = _resolve(tmp_path)
    assert (stored.api, stored.client_secret) == ("https://api.mypurecloud.de", "default-secret")


def test_a_profile_asked_for_stands_before_the_environment(tmp_path: Path) -> None:
    _write_profile(tmp_path, PROFILE)
    settings = _resolve(tmp_path, ENVIRON, profile="test")
    assert (settings.api, settings.access_token, settings.client_id) == (
        "https://api.mypurecloud.jp", "profile-token", None,
    )  # fmt: skip


def test_an_access_token_stands_before_a_client(tmp_path: Path) -> None:
    settings = _resolve(tmp_path, {**ENVIRON, "GENESYSCLOUD_ACCESS_TOKEN": "tok"})
    assert (settings.access_token, settings.client_id) == ("tok", None)


def test_an_id_given_finds_its_own_secret_only(tmp_path: Path) -> None:
    assert _resolve(tmp_path, ENVIRON, client_id="env-id").client_secret == "env-secret"
    with pytest.raises(ConfigurationError, match="client_secret is missing"):
        _resolve(tmp_path, ENVIRON, client_id="another-id")


@pytest.mark.parametrize(
    ("environ", "options", "words"),
    [
        ({}, {}, "No region is given"),
        ({}, {"region": "eu_west_1"}, "No credentials are given"),
        ({}, {"region": "eu_west_1", "client_secret": "s3cr3t"}, "client_id is missing"),
        ({"GENESYSCLOUD_OAUTHCLIENT_ID": "x"}, {"region": "eu_west_1"}, "client_secret is missing"),
        (ENVIRON, {"profile": "work"}, "no profile 'work'"),
        (ENVIRON, {"verify": "/no/such/ca.pem"}, "no such file"),
        (ENVIRON, {"proxy": "proxy.example:3128"}, "no URL of an HTTP proxy"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, environ: dict[str, str], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as wrong:
        _resolve(tmp_path, environ, **options)
    assert "s3cr3t" not in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [('[DEFAULT]\nclient_secret = "hunter2', "cannot be read as TOML"), ("[other]\n", "it has: other")],
)
def test_a_broken_profile_is_said_without_its_secrets(tmp_path: Path, text: str, words: str) -> None:
    _write_profile(tmp_path, text)
    with pytest.raises(ConfigurationError, match=words) as wrong:
        _resolve(tmp_path, profile="work")
    assert "hunter2" not in str(wrong.value)


def test_no_secret_stands_in_a_repr() -> None:
    network = Network(proxy="http://user:hunter2@proxy.example:3128")
    settings = Settings(*IE, "id", "s3cr3t", "t0k3n", network)
    assert not [word for word in ("s3cr3t", "t0k3n", "hunter2") if word in repr(settings) + repr(network)]
    assert "'id'" in repr(settings)


def test_the_tls_context_verifies_and_is_one_for_all() -> None:
    context = Network().ssl_context()
    assert context is Network().ssl_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert Network(verify=False).ssl_context().verify_mode is ssl.CERT_NONE


def test_a_file_that_is_no_certificate_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("hello")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Network(verify=str(wrong)).ssl_context()


def test_the_proxy_is_the_given_one_or_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    network = Network()
    assert network.proxy_for("wss://streaming.mypurecloud.ie/x") == "http://proxy.example:3128"
    assert network.proxies(IE[0]) == dict.fromkeys(("http", "https"), "http://proxy.example:3128")
    assert network.proxy_for("https://inside.example") is None
    assert network.proxy_for("https://127.0.0.1:9") is None
    assert Network(proxy="http://other:1").proxy_for("https://127.0.0.1:9") == "http://other:1"


def test_blanks_around_copied_credentials_do_not_count(tmp_path: Path) -> None:
    token = _resolve(tmp_path, region="eu-west-1", access_token=" abc.def-1\n")
    assert token.access_token == "abc.def-1"
    variables = {"GENESYSCLOUD_OAUTHCLIENT_ID": "id ", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "\tse+cret/=\r\n"}
    client = _resolve(tmp_path, variables, region="eu-west-1")
    assert (client.client_id, client.client_secret) == ("id", "se+cret/=")


@pytest.mark.parametrize("value", ["hunter\n2", "hunter 2", "hunter2\u2014", "h\x00unter2", " ", 5])
@pytest.mark.parametrize("name", ["client_id", "client_secret", "access_token"])
def test_a_credential_that_no_header_can_hold_is_refused_without_quoting_it(
    tmp_path: Path, name: str, value: Any
) -> None:
    whole = {"access_token": value} if name == "access_token" else {"client_id": "a", "client_secret": "b"}
    with pytest.raises(ConfigurationError, match=f"The {name} of the arguments") as wrong:
        _resolve(tmp_path, region="eu-west-1", **{**whole, name: value})
    assert "hunter" not in str(wrong.value)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"timeout_s": 3}, "pair of seconds"),
        ({"timeout_s": (0, 0)}, "above zero"),
        ({"timeout_s": (1, float("inf"))}, "above zero"),
        ({"timeout_s": ("1", "2")}, "pair of seconds"),
        ({"timeout_s": None}, "pair of seconds"),
        ({"verify": 5}, "neither True, False nor"),
        ({"verify": None}, "neither True, False nor"),
        ({"proxy": 5}, "no URL of an HTTP proxy"),
    ],
)
def test_a_network_option_of_another_kind_is_refused(option: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Network(**option)


def test_an_authority_may_be_given_as_a_path(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("no certificate", encoding="ascii")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Network(verify=authority).ssl_context()  # type: ignore[arg-type]


def test_a_region_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not int"):
        _resolve(tmp_path, region=5, access_token="x")
