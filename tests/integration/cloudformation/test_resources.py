"""What the template puts into an account, and what it takes away again."""

import importlib
import json
from typing import Any

import pytest

pytest.importorskip("yaml")

from imgmeta.cloudformation import template_path, template_text
from integration.cloudformation.template_model import ACCOUNT, NEEDED, PARTITIONS, Stack, template

STACK = Stack()
BUCKET = STACK.properties("ImageStorageBucket")
TABLE = STACK.properties("ImageMetadataTable")
QUEUE = STACK.properties("ImageQueue")
DEAD_LETTERS = STACK.properties("DeadLetterQueue")
FUNCTION = STACK.properties("ImageProcessorLambda")
TOPIC = STACK.resolve({"Ref": "ProcessingNotificationTopic"})
KEPT = ("ImageStorageBucket", "ImageStorageBucketPolicy", "ImageMetadataTable")
ORIGINAL_TAGS = {
    "ImageStorageBucket": {"Environment": "dev", "Purpose": "ImageStorage"},
    "ImageMetadataTable": {"Environment": "dev", "Purpose": "ImageMetadata"},
    "ProcessingNotificationTopic": {"Environment": "dev"},
    "LambdaExecutionRole": {"Environment": "dev"},
    "ImageProcessorLambda": {"Environment": "dev"},
}


def arn(name: str, stack: Stack = STACK) -> str:
    return str(stack.resolve({"Fn::GetAtt": [name, "Arn"]}))


def statements(name: str, stack: Stack = STACK) -> dict[str, dict[str, Any]]:
    """Return the statements of a resource's policy, by their ids."""
    document = stack.properties(name)["PolicyDocument"]
    assert document["Version"] == "2012-10-17"
    return {each["Sid"]: each for each in document["Statement"]}


class TestTheFile:
    def test_it_is_where_it_is_said_to_be(self) -> None:
        assert template_path().read_text("utf-8") == template_text()
        assert template_text().startswith("AWSTemplateFormatVersion: '2010-09-09'\n")

    def test_cloudformation_takes_it_as_it_is(self) -> None:
        # AWS CloudFormation User Guide, "Understand CloudFormation quotas": the body of a template
        # in a request.
        assert len(template_text().encode()) <= 51_200

    def test_it_is_all_in_functions_that_need_no_transform(self) -> None:
        assert "Transform" not in template()


class TestTheBucket:
    def test_it_is_encrypted(self) -> None:
        (rule,) = BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}

    def test_it_keeps_versions(self) -> None:
        assert BUCKET["VersioningConfiguration"] == {"Status": "Enabled"}

    def test_nothing_in_it_is_public(self) -> None:
        blocks = BUCKET["PublicAccessBlockConfiguration"]
        assert len(blocks) == 4
        assert all(blocks.values())
        (rule,) = BUCKET["OwnershipControls"]["Rules"]
        assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}

    def test_old_versions_and_what_is_left_of_uploads_go_in_time(self) -> None:
        rules = BUCKET["LifecycleConfiguration"]["Rules"]
        assert all(rule["Status"] == "Enabled" for rule in rules)
        merged = {name: value for rule in rules for name, value in rule.items()}
        assert merged["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        assert merged["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        assert merged["ExpiredObjectDeleteMarker"] is True

    def test_it_is_reached_by_tls_alone(self) -> None:
        assert statements("ImageStorageBucketPolicy") == {
            "DenyInsecureTransport": {
                "Sid": "DenyInsecureTransport",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn("ImageStorageBucket"), f"{arn('ImageStorageBucket')}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        }

    def test_it_tells_the_queue_of_whatever_may_change_it_whatever_the_key(self) -> None:
        told = BUCKET["NotificationConfiguration"]
        assert told == {
            "QueueConfigurations": [
                {"Event": event, "Queue": arn("ImageQueue")}
                for event in (
                    "s3:ObjectCreated:*",
                    "s3:ObjectRemoved:*",
                    "s3:LifecycleExpiration:*",
                )
            ]
        }

    def test_no_custom_resource_writes_over_its_notifications(self) -> None:
        kinds = {resource["Type"] for resource in STACK.resources.values()}
        assert all(kind.startswith("AWS::") for kind in kinds)
        assert "AWS::CloudFormation::CustomResource" not in kinds
        assert len(STACK.of_type("AWS::Lambda::Function")) == 1


class TestTheQueues:
    def test_s3_may_send_for_this_bucket_of_this_account_alone(self) -> None:
        allowed = statements("ImageQueuePolicy")["AllowTheBucket"]
        assert allowed == {
            "Sid": "AllowTheBucket",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn("ImageQueue"),
            "Condition": {
                "ArnEquals": {"aws:SourceArn": arn("ImageStorageBucket")},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            },
        }

    def test_the_bucket_waits_for_that_permission(self) -> None:
        # S3 sends a test event when notifications are set up, and refuses them if it cannot.
        assert STACK.resources["ImageStorageBucket"]["DependsOn"] == "ImageQueuePolicy"
        (queue,) = STACK.properties("ImageQueuePolicy")["Queues"]
        assert queue == STACK.resolve({"Ref": "ImageQueue"})

    @pytest.mark.parametrize("queue", ["ImageQueue", "DeadLetterQueue"])
    def test_they_are_encrypted_and_reached_by_tls_alone(self, queue: str) -> None:
        assert STACK.properties(queue)["SqsManagedSseEnabled"] is True
        denied = statements(f"{queue}Policy")["DenyInsecureTransport"]
        assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
        assert (denied["Action"], denied["Resource"]) == ("sqs:*", arn(queue))
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    def test_a_message_is_away_for_six_times_as_long_as_the_function_may_take(self) -> None:
        assert QUEUE["VisibilityTimeout"] == 6 * FUNCTION["Timeout"]

    @pytest.mark.parametrize("window", ["1", "300"])
    def test_it_is_away_while_a_batch_fills_too(self, window: str) -> None:
        queue = Stack(given={"BatchWindow": window}).properties("ImageQueue")
        assert queue["VisibilityTimeout"] >= 6 * FUNCTION["Timeout"] + int(window)

    def test_what_fails_five_times_is_kept_for_two_weeks(self) -> None:
        assert QUEUE["RedrivePolicy"] == {
            "deadLetterTargetArn": arn("DeadLetterQueue"),
            "maxReceiveCount": 5,
        }
        day = 24 * 60 * 60
        assert DEAD_LETTERS["MessageRetentionPeriod"] == 14 * day
        assert QUEUE["MessageRetentionPeriod"] == 4 * day

    def test_dead_letters_are_this_queue_s_alone(self) -> None:
        assert DEAD_LETTERS["RedriveAllowPolicy"] == {
            "redrivePermission": "byQueue",
            "sourceQueueArns": [arn("ImageQueue")],
        }
        assert QUEUE["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}

    def test_each_message_of_a_batch_is_answered_for_by_itself(self) -> None:
        mapping = STACK.properties("ImageEvents")
        assert mapping["EventSourceArn"] == arn("ImageQueue")
        assert mapping["FunctionName"] == STACK.resolve({"Ref": "ImageProcessorLambda"})
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


class TestTheTable:
    def test_it_is_as_the_code_needs_it(self) -> None:
        table = pytest.importorskip(
            "imgmeta.adapters.dynamodb.table", exc_type=ImportError, reason="needs the extra aws"
        )
        needed = table.table_definition("images")
        del needed["TableName"]

        def by_name(attributes: list[dict[str, str]]) -> list[dict[str, str]]:
            return sorted(attributes, key=lambda each: each["AttributeName"])

        assert {name: TABLE[name] for name in needed} | {
            "AttributeDefinitions": by_name(TABLE["AttributeDefinitions"])
        } == needed | {"AttributeDefinitions": by_name(needed["AttributeDefinitions"])}

    def test_it_is_paid_by_request(self) -> None:
        assert TABLE["BillingMode"] == "PAY_PER_REQUEST"

    def test_it_can_be_brought_back_to_any_second_of_the_last_weeks(self) -> None:
        assert TABLE["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}

    def test_it_is_encrypted(self) -> None:
        assert TABLE["SSESpecification"] == {"SSEEnabled": True}

    def test_tombstones_go_by_themselves(self) -> None:
        from imgmeta import ImageRecord  # noqa: PLC0415 - beside what it is compared with

        expiry = TABLE["TimeToLiveSpecification"]
        assert expiry == {"AttributeName": "ExpiresAt", "Enabled": True}
        assert ImageRecord.model_fields["expires_at"].alias == expiry["AttributeName"]


class TestTheFunction:
    def test_its_handler_is_there(self) -> None:
        pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")
        module, _, name = FUNCTION["Handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))

    def test_it_knows_the_table_the_topic_and_the_environment(self) -> None:
        variables = FUNCTION["Environment"]["Variables"]
        assert variables["METADATA_TABLE"] == STACK.resolve({"Ref": "ImageMetadataTable"})
        assert variables["SNS_TOPIC_ARN"] == TOPIC
        assert variables["ENVIRONMENT"] == "dev"

    def test_it_logs_to_a_group_that_is_there_before_it_and_that_it_cannot_make(self) -> None:
        group = STACK.properties("LambdaLogGroup")
        assert FUNCTION["LoggingConfig"]["LogGroup"] == group["LogGroupName"] == "/imgmeta/photos"
        assert not group["LogGroupName"].startswith("/aws/lambda/")
        assert "CreateLogGroup" not in json.dumps(STACK.properties("LambdaExecutionRole"))

    def test_its_logs_are_kept_for_thirty_days_or_as_set(self) -> None:
        for given, days in (({}, "30"), ({"LogRetentionDays": 365}, "365")):
            assert Stack(given=given).properties("LambdaLogGroup")["RetentionInDays"] == days

    def test_what_it_is_given_without_the_queue_becomes_a_dead_letter_too(self) -> None:
        config = STACK.properties("ImageProcessorFailures")
        assert config["MaximumRetryAttempts"] == 2
        assert config["DestinationConfig"] == {"OnFailure": {"Destination": arn("DeadLetterQueue")}}

    def test_a_schedule_has_it_send_a_digest(self) -> None:
        rule = STACK.properties("DigestRule")
        assert rule["ScheduleExpression"] == "cron(0 6 * * ? *)"
        (target,) = rule["Targets"]
        assert target["Arn"] == arn("ImageProcessorLambda")
        assert json.loads(target["Input"]) == {"imgmeta": "digest", "hours": 24}
        assert STACK.properties("DigestPermission") == {
            "FunctionName": STACK.resolve({"Ref": "ImageProcessorLambda"}),
            "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com",
            "SourceArn": arn("DigestRule"),
        }


class TestTheTopic:
    def test_it_goes_to_the_address_by_mail(self) -> None:
        topic = STACK.properties("ProcessingNotificationTopic")
        assert topic["Subscription"] == [
            {"Endpoint": NEEDED["NotificationEmail"], "Protocol": "email"}
        ]
        assert topic["DisplayName"] == "Image Processing Notifications"

    def test_alarms_of_this_account_may_publish_and_nothing_without_tls(self) -> None:
        assert STACK.properties("ProcessingNotificationTopicPolicy")["Topics"] == [TOPIC]
        policy = statements("ProcessingNotificationTopicPolicy")
        allowed, denied = policy["AllowTheAlarms"], policy["DenyInsecureTransport"]
        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert allowed["Condition"] == {
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{STACK.region}:{ACCOUNT}:alarm:*"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        }
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert {allowed["Action"], denied["Action"]} == {"sns:Publish"}
        assert {allowed["Resource"], denied["Resource"]} == {TOPIC}

    def test_no_key_keeps_the_alarms_from_it(self) -> None:
        # Amazon CloudWatch User Guide, "Notifying users on alarm changes": the topic's key must let
        # CloudWatch use it, which AWS's own key for SNS does not.
        assert "KmsMasterKeyId" not in STACK.properties("ProcessingNotificationTopic")


class TestTheAlarms:
    @pytest.mark.parametrize("name", STACK.of_type("AWS::CloudWatch::Alarm"))
    def test_each_tells_the_topic_and_is_quiet_when_nothing_happens(self, name: str) -> None:
        alarm = STACK.properties(name)
        assert alarm["AlarmActions"] == [TOPIC]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmDescription"]

    @pytest.mark.parametrize(
        ("name", "metric", "statistic", "threshold"),
        [
            ("LambdaErrorAlarm", "AWS/Lambda Errors", "Sum", "> 5"),
            ("LambdaThrottleAlarm", "AWS/Lambda Throttles", "Sum", "> 1"),
            ("DynamoDBThrottleAlarm", "AWS/DynamoDB WriteThrottleEvents", "Sum", "> 5"),
            (
                "DeadLetterAlarm",
                "AWS/SQS ApproximateNumberOfMessagesVisible",
                "Maximum",
                ">= 1",
            ),
            ("QueueAgeAlarm", "AWS/SQS ApproximateAgeOfOldestMessage", "Maximum", ">= 900"),
            ("FailedImagesAlarm", "imgmeta ImagesFailed", "Sum", ">= 1"),
        ],
    )
    def test_each_is_of_five_minutes_of_its_metric(
        self, name: str, metric: str, statistic: str, threshold: str
    ) -> None:
        alarm = STACK.properties(name)
        signs = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": ">="}
        assert f"{alarm['Namespace']} {alarm['MetricName']}" == metric
        assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == (
            statistic,
            300,
            1,
        )
        assert f"{signs[alarm['ComparisonOperator']]} {alarm['Threshold']}" == threshold


class TestTheStack:
    @pytest.mark.parametrize("name", KEPT)
    def test_data_stays_when_the_stack_goes_or_would_replace_it(self, name: str) -> None:
        resource = STACK.resources[name]
        assert resource["DeletionPolicy"] == "Retain"
        assert resource["UpdateReplacePolicy"] == "Retain"

    def test_the_rest_goes_with_the_stack(self) -> None:
        others = [each for name, each in STACK.resources.items() if name not in KEPT]
        assert all(each.get("DeletionPolicy", "Delete") == "Delete" for each in others)
        assert TABLE["DeletionProtectionEnabled"] is False

    def test_two_of_one_environment_share_no_name(self) -> None:
        one, other = Stack("one", uuid="1" * 36), Stack("other", uuid="2" * 36)
        for name in STACK.resources:
            assert one.resolve({"Ref": name}) != other.resolve({"Ref": name})
        exports = [
            {output["Export"]["Name"] for output in each.outputs.values() if "Export" in output}
            for each in (one, other)
        ]
        assert not exports[0] & exports[1]

    def test_a_stack_made_again_finds_no_name_taken_by_what_the_first_one_left(self) -> None:
        first, again = Stack(uuid="1" * 36), Stack(uuid="2" * 36)
        for kept in ("ImageStorageBucket", "ImageMetadataTable"):
            name = {"Ref": kept}
            assert first.resolve(name) != again.resolve(name)

    def test_names_that_are_given_are_those_that_the_stack_makes_its_own(self) -> None:
        given = {
            (name, key)
            for name, resource in STACK.resources.items()
            for key in resource["Properties"]
            if key.endswith("Name") and key not in {"DisplayName", "FunctionName", "MetricName"}
        }
        assert given == {
            ("ImageStorageBucket", "BucketName"),
            ("ImageMetadataTable", "TableName"),
            ("ImageQueue", "QueueName"),
            ("LambdaLogGroup", "LogGroupName"),
        }

    def test_the_longest_names_are_not_too_long(self) -> None:
        stack = Stack(given={"EnvironmentSuffix": "e" * 18})
        assert len(stack.properties("ImageStorageBucket")["BucketName"]) <= 63
        assert len(stack.properties("ImageQueue")["QueueName"]) <= 80

    @pytest.mark.parametrize("name", ORIGINAL_TAGS)
    def test_it_is_tagged(self, name: str) -> None:
        tags = {each["Key"]: each["Value"] for each in STACK.properties(name)["Tags"]}
        assert tags == ORIGINAL_TAGS[name]


class TestTheOutputs:
    @pytest.mark.parametrize(
        ("output", "value", "export"),
        [
            ("S3BucketName", {"Ref": "ImageStorageBucket"}, "photos-S3Bucket"),
            ("DynamoDBTableName", {"Ref": "ImageMetadataTable"}, "photos-DynamoDBTable"),
            (
                "LambdaFunctionArn",
                {"Fn::GetAtt": ["ImageProcessorLambda", "Arn"]},
                "photos-LambdaArn",
            ),
            ("SNSTopicArn", {"Ref": "ProcessingNotificationTopic"}, "photos-SNSTopic"),
            ("QueueUrl", {"Ref": "ImageQueue"}, None),
            ("DeadLetterQueueUrl", {"Ref": "DeadLetterQueue"}, None),
            ("LogGroupName", {"Ref": "LambdaLogGroup"}, None),
            ("Environment", {"Ref": "EnvironmentSuffix"}, None),
        ],
    )
    def test_each_says_what_others_need(
        self, output: str, value: dict[str, Any], export: str | None
    ) -> None:
        found = STACK.outputs[output]
        assert found["Value"] == STACK.resolve(value)
        assert found.get("Export", {}).get("Name") == export
        assert found["Description"]

    @pytest.mark.parametrize("partition", PARTITIONS)
    def test_the_dashboard_s_url_is_of_the_partition_s_console(self, partition: str) -> None:
        consoles = {
            "aws": "console.aws.amazon.com",
            "aws-cn": "console.amazonaws.cn",
            "aws-us-gov": "console.amazonaws-us-gov.com",
        }
        stack = Stack(partition=partition)
        name = stack.resolve({"Ref": "MonitoringDashboard"})
        assert stack.outputs["DashboardURL"]["Value"] == (
            f"https://{consoles[partition]}/cloudwatch/home"
            f"?region={stack.region}#dashboards:name={name}"
        )
