"""Tests of the DynamoDB responses that imgmeta relies on, as in the API Reference."""

from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from support.aws.emulators import clients_at

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("aws_environment")]


@pytest.mark.parametrize("server", ["ministack", "moto_server"])
def test_failed_condition_returns_stored_item(request: pytest.FixtureRequest, server: str) -> None:
    dynamodb = clients_at(request.getfixturevalue(server).url).dynamodb
    name = f"images-{uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "ImageId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "ImageId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    stored = {"ImageId": {"S": "a"}, "Sequencer": {"S": "2"}}
    dynamodb.put_item(TableName=name, Item=stored)

    with pytest.raises(ClientError, match="ConditionalCheckFailedException") as caught:
        dynamodb.put_item(
            TableName=name,
            Item={"ImageId": {"S": "a"}, "Sequencer": {"S": "1"}},
            ConditionExpression="Sequencer < :sequencer",
            ExpressionAttributeValues={":sequencer": {"S": "1"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    assert dict(caught.value.response)["Item"] == stored
