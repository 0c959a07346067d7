"""Tests of the sessions of botocore."""

from pathlib import Path

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.exceptions import DataNotFoundError, UnknownServiceError

from imgmeta.adapters.aws.sessions import ServiceLoader, new_session
from support.aws.emulators import set_aws_environment


def test_loader_looks_only_for_given_services(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = list[str]()

    def list_folder(path: str) -> list[str]:
        listed.append(path)
        return ["2012-08-10"]

    monkeypatch.setattr("os.listdir", list_folder)
    with pytest.raises(DataNotFoundError):
        ServiceLoader(["sns"], []).load_service_model("sns", "none-1")
    assert {Path(path).name for path in listed} <= {"sns"}


def test_model_of_a_given_service_is_that_of_botocore() -> None:
    model = ServiceLoader(["sqs"], []).load_service_model("sqs", "service-2")
    assert model["metadata"]["serviceId"] == "SQS"


def test_other_service_is_unknown() -> None:
    with pytest.raises(UnknownServiceError):
        ServiceLoader(["sqs"], []).load_service_model("sns", "service-2")


def test_session_uses_the_data_path_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_aws_environment(monkeypatch)
    monkeypatch.setattr("imgmeta.adapters.aws.sessions.ServiceLoader", ServiceLoader)
    monkeypatch.setenv("MODELS", str(tmp_path))
    monkeypatch.setenv("AWS_DATA_PATH", "$MODELS")
    loader = new_session(None, ["sqs"]).get_component("data_loader")
    assert str(tmp_path) in loader.search_paths
