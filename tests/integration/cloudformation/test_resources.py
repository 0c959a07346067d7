"""The resources and outputs of a stack, and their deletion policies."""

import copy
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml")

from imgmeta.cloudformation import template_body, template_path, template_text
from integration.cloudformation.template_model import ACCOUNT, PARTITIONS, REQUIRED, Stack, template

STACK = Stack()
BUCKET = STACK.properties("ImageStorageBucket")
TABLE = STACK.properties("ImageMetadataTable")
QUEUE = STACK.properties("ImageQueue")
DEAD_LETTER_QUEUE = STACK.properties("DeadLetterQueue")
FUNCTION = STACK.properties("ImageProcessorLambda")
TOPIC = STACK.resolve({"Ref": "ProcessingNotificationTopic"})
RETAINED = ("ImageStorageBucket", "ImageStorageBucketPolicy", "ImageMetadataTable")
THROTTLES = "AWS/DynamoDB WriteThrottleEvents"
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
    """Return the statements of a policy resource, by Sid."""
    document = stack.properties(name)["PolicyDocument"]
    assert document["Version"] == "2012-10-17"
    return {each["Sid"]: each for each in document["Statement"]}


class TestTemplateFile:
    def test_template_path_and_text_agree(self) -> None:
        assert template_path().read_text("utf-8") == template_text()
        assert template_text().startswith("AWSTemplateFormatVersion: '2010-09-09'\n")

    def test_template_fits_in_a_request(self) -> None:
        # AWS CloudFormation User Guide, "Understand CloudFormation quotas": template body size in a
        # request. `imgmeta deploy` sends the compact form.
        assert len(template_body().encode()) <= 51_200

    def test_compact_template_lacks_only_comments_and_metadata_of_resources(self) -> None:
        expected = copy.deepcopy(template())
        for resource in expected["Resources"].values():
            resource.pop("Metadata", None)
        assert json.loads(template_body()) == expected

    def test_template_needs_no_transform(self) -> None:
        assert "Transform" not in template()


class TestBucket:
    def test_bucket_is_encrypted(self) -> None:
        (rule,) = BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}

    def test_bucket_is_versioned(self) -> None:
        assert BUCKET["VersioningConfiguration"] == {"Status": "Enabled"}

    def test_public_access_is_blocked(self) -> None:
        blocks = BUCKET["PublicAccessBlockConfiguration"]
        assert len(blocks) == 4
        assert all(blocks.values())
        (rule,) = BUCKET["OwnershipControls"]["Rules"]
        assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}

    def test_old_versions_and_incomplete_uploads_expire(self) -> None:
        rules = BUCKET["LifecycleConfiguration"]["Rules"]
        assert all(rule["Status"] == "Enabled" for rule in rules)
        merged = {name: value for rule in rules for name, value in rule.items()}
        assert merged["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        assert merged["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        assert merged["ExpiredObjectDeleteMarker"] is True

    def test_bucket_requires_tls(self) -> None:
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

    def test_all_object_changes_are_sent_to_the_queue(self) -> None:
        assert BUCKET["NotificationConfiguration"] == {
            "QueueConfigurations": [
                {"Event": event, "Queue": arn("ImageQueue")}
                for event in (
                    "s3:ObjectCreated:*",
                    "s3:ObjectRemoved:*",
                    "s3:LifecycleExpiration:*",
                    "s3:ObjectRestore:Completed",
                )
            ]
        }

    def test_no_custom_resource_overwrites_notifications(self) -> None:
        kinds = {resource["Type"] for resource in STACK.resources.values()}
        assert all(kind.startswith("AWS::") for kind in kinds)
        assert "AWS::CloudFormation::CustomResource" not in kinds
        assert len(STACK.of_type("AWS::Lambda::Function")) == 1


class TestQueues:
    def test_s3_can_send_to_the_queue_only_for_this_bucket(self) -> None:
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

    def test_bucket_depends_on_the_queue_policy(self) -> None:
        # S3 sends a test event when notifications are configured, and rejects them if that fails.
        assert STACK.resources["ImageStorageBucket"]["DependsOn"] == "ImageQueuePolicy"
        (queue,) = STACK.properties("ImageQueuePolicy")["Queues"]
        assert queue == STACK.resolve({"Ref": "ImageQueue"})

    @pytest.mark.parametrize("queue", ["ImageQueue", "DeadLetterQueue"])
    def test_queues_are_encrypted_and_require_tls(self, queue: str) -> None:
        assert STACK.properties(queue)["SqsManagedSseEnabled"] is True
        denied = statements(f"{queue}Policy")["DenyInsecureTransport"]
        assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
        assert (denied["Action"], denied["Resource"]) == ("sqs:*", arn(queue))
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    def test_visibility_timeout_is_six_function_timeouts(self) -> None:
        assert QUEUE["VisibilityTimeout"] == 6 * FUNCTION["Timeout"]

    @pytest.mark.parametrize("window", ["1", "300"])
    def test_visibility_timeout_includes_the_batch_window(self, window: str) -> None:
        queue = Stack(given={"BatchWindow": window}).properties("ImageQueue")
        assert queue["VisibilityTimeout"] >= 6 * FUNCTION["Timeout"] + int(window)

    def test_messages_are_dead_lettered_after_five_attempts_for_14_days(self) -> None:
        assert QUEUE["RedrivePolicy"] == {
            "deadLetterTargetArn": arn("DeadLetterQueue"),
            "maxReceiveCount": 5,
        }
        day = 24 * 60 * 60
        assert DEAD_LETTER_QUEUE["MessageRetentionPeriod"] == 14 * day
        assert QUEUE["MessageRetentionPeriod"] == 4 * day

    def test_dead_letter_queue_accepts_only_this_queue(self) -> None:
        assert DEAD_LETTER_QUEUE["RedriveAllowPolicy"] == {
            "redrivePermission": "byQueue",
            "sourceQueueArns": [arn("ImageQueue")],
        }
        assert QUEUE["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}

    def test_partial_batch_responses_are_enabled(self) -> None:
        mapping = STACK.properties("ImageEvents")
        assert mapping["EventSourceArn"] == arn("ImageQueue")
        assert mapping["FunctionName"] == STACK.resolve({"Ref": "ImageProcessorLambda"})
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


class TestTable:
    def test_table_matches_the_definition_in_the_adapter(self) -> None:
        table = pytest.importorskip(
            "imgmeta.adapters.dynamodb.table", exc_type=ImportError, reason="needs the extra aws"
        )
        definition = table.table_definition("images")
        del definition["TableName"]

        def by_name(attributes: list[dict[str, str]]) -> list[dict[str, str]]:
            return sorted(attributes, key=lambda each: each["AttributeName"])

        assert {name: TABLE[name] for name in definition} | {
            "AttributeDefinitions": by_name(TABLE["AttributeDefinitions"])
        } == definition | {"AttributeDefinitions": by_name(definition["AttributeDefinitions"])}

    def test_table_is_billed_per_request(self) -> None:
        assert TABLE["BillingMode"] == "PAY_PER_REQUEST"

    def test_point_in_time_recovery_is_enabled(self) -> None:
        assert TABLE["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}

    def test_table_is_encrypted(self) -> None:
        assert TABLE["SSESpecification"] == {"SSEEnabled": True}

    def test_tombstones_expire(self) -> None:
        from imgmeta import ImageRecord  # noqa: PLC0415 - next to its only use

        expiry = TABLE["TimeToLiveSpecification"]
        assert expiry == {"AttributeName": "ExpiresAt", "Enabled": True}
        assert ImageRecord.model_fields["expires_at"].alias == expiry["AttributeName"]


class TestFunction:
    def test_handler_exists(self) -> None:
        pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")
        module, _, name = FUNCTION["Handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))

    def test_function_knows_table_topic_and_environment(self) -> None:
        variables = FUNCTION["Environment"]["Variables"]
        assert variables["METADATA_TABLE"] == STACK.resolve({"Ref": "ImageMetadataTable"})
        assert variables["IMAGE_BUCKET"] == STACK.resolve({"Ref": "ImageStorageBucket"})
        assert variables["SNS_TOPIC_ARN"] == TOPIC
        assert variables["ENVIRONMENT"] == "dev"

    def test_function_uses_a_log_group_that_it_cannot_create(self) -> None:
        group = STACK.properties("LambdaLogGroup")
        assert FUNCTION["LoggingConfig"]["LogGroup"] == group["LogGroupName"] == "/imgmeta/photos"
        assert not group["LogGroupName"].startswith("/aws/lambda/")
        assert "CreateLogGroup" not in json.dumps(STACK.properties("LambdaExecutionRole"))

    def test_log_retention_is_30_days_or_as_set(self) -> None:
        for given, days in (({}, "30"), ({"LogRetentionDays": 365}, "365")):
            assert Stack(given=given).properties("LambdaLogGroup")["RetentionInDays"] == days

    def test_failed_direct_invocations_are_dead_lettered(self) -> None:
        config = STACK.properties("ImageProcessorFailures")
        assert config["MaximumRetryAttempts"] == 2
        assert config["DestinationConfig"] == {"OnFailure": {"Destination": arn("DeadLetterQueue")}}

    def test_schedule_invokes_the_function_for_a_digest(self) -> None:
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


class TestTopic:
    def test_topic_sends_email_to_the_address(self) -> None:
        topic = STACK.properties("ProcessingNotificationTopic")
        assert topic["Subscription"] == [
            {"Endpoint": REQUIRED["NotificationEmail"], "Protocol": "email"}
        ]
        assert topic["DisplayName"] == "Image Processing Notifications"

    def test_alarms_of_this_account_can_publish_and_tls_is_required(self) -> None:
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

    def test_topic_has_no_key_that_blocks_alarms(self) -> None:
        # Amazon CloudWatch User Guide, "Notifying users on alarm changes": the topic's key must be
        # accessible to CloudWatch, and the AWS managed key for SNS is not.
        assert "KmsMasterKeyId" not in STACK.properties("ProcessingNotificationTopic")


class TestAlarms:
    @pytest.mark.parametrize("name", STACK.of_type("AWS::CloudWatch::Alarm"))
    def test_alarm_notifies_the_topic_and_ignores_missing_data(self, name: str) -> None:
        alarm = STACK.properties(name)
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmDescription"]

    @pytest.mark.parametrize(
        ("name", "metric", "statistic", "threshold"),
        [
            ("LambdaErrorAlarm", "AWS/Lambda Errors", "Sum", "> 5"),
            ("LambdaThrottleAlarm", "AWS/Lambda Throttles", "Sum", "> 1"),
            ("DynamoDBThrottleAlarm", THROTTLES, "Sum", "> 5"),
            (
                "DeadLetterAlarm",
                "AWS/SQS ApproximateNumberOfMessagesVisible",
                "Maximum",
                ">= 1",
            ),
            ("QueueAgeAlarm", "AWS/SQS ApproximateAgeOfOldestMessage", "Maximum", ">= 900"),
            ("FailedImagesAlarm", "imgmeta ImagesFailed", "Sum", ">= 10"),
            ("DriftAlarm", "imgmeta Drift", "Sum", ">= 1"),
            ("UploadTimestampIndexThrottleAlarm", THROTTLES, "Sum", "> 5"),
            ("BucketKeyIndexThrottleAlarm", THROTTLES, "Sum", "> 5"),
        ],
    )
    def test_alarm_evaluates_five_minutes_of_its_metric(
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

    def test_each_index_has_an_alarm_on_its_throttles(self) -> None:
        dimensions = [
            {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
            for alarm in STACK.of_type("AWS::CloudWatch::Alarm").values()
            if alarm["MetricName"] == "WriteThrottleEvents"
        ]
        table = {"TableName": STACK.resolve({"Ref": "ImageMetadataTable"})}
        indexes = [each["IndexName"] for each in TABLE["GlobalSecondaryIndexes"]]
        assert dimensions == [
            table,
            *(table | {"GlobalSecondaryIndexName": index} for index in indexes),
        ]

    @pytest.mark.parametrize("name", STACK.of_type("AWS::CloudWatch::Alarm"))
    def test_alarm_links_its_paragraph_of_the_runbook(self, name: str) -> None:
        description = STACK.properties(name)["AlarmDescription"]
        assert re.fullmatch(rf"[A-Z].+\. Runbook: docs/runbook\.md#{name.lower()}", description)
        assert f"\n## {name}\n" in (Path(__file__).parents[3] / "docs/runbook.md").read_text(
            "utf-8"
        )
        hosted = Stack(given={"RunbookUrl": "https://wiki.example/imgmeta"})
        link = f"Runbook: https://wiki.example/imgmeta#{name.lower()}"
        assert hosted.properties(name)["AlarmDescription"].endswith(link)


class TestStack:
    @pytest.mark.parametrize("name", RETAINED)
    def test_data_is_retained_on_deletion_and_replacement(self, name: str) -> None:
        resource = STACK.resources[name]
        assert resource["DeletionPolicy"] == "Retain"
        assert resource["UpdateReplacePolicy"] == "Retain"

    def test_other_resources_are_deleted_with_the_stack(self) -> None:
        others = [each for name, each in STACK.resources.items() if name not in RETAINED]
        assert all(each.get("DeletionPolicy", "Delete") == "Delete" for each in others)
        assert TABLE["DeletionProtectionEnabled"] is False

    def test_stacks_of_one_environment_share_no_names(self) -> None:
        one, other = Stack("one", uuid="1" * 36), Stack("other", uuid="2" * 36)
        for name in STACK.resources:
            assert one.resolve({"Ref": name}) != other.resolve({"Ref": name})
        exports = [
            {output["Export"]["Name"] for output in each.outputs.values() if "Export" in output}
            for each in (one, other)
        ]
        assert not exports[0] & exports[1]

    def test_recreated_stack_reuses_no_name_of_retained_resources(self) -> None:
        first, second = Stack(uuid="1" * 36), Stack(uuid="2" * 36)
        for retained in ("ImageStorageBucket", "ImageMetadataTable"):
            name = {"Ref": retained}
            assert first.resolve(name) != second.resolve(name)

    def test_only_listed_resources_have_fixed_names(self) -> None:
        fixed = {
            (name, key)
            for name, resource in STACK.resources.items()
            for key in resource["Properties"]
            if key.endswith("Name") and key not in {"DisplayName", "FunctionName", "MetricName"}
        }
        assert "Name" not in STACK.properties("DigestRule")
        assert "Name" not in STACK.properties("AuditRule")
        assert fixed == {
            ("ImageStorageBucket", "BucketName"),
            ("ImageMetadataTable", "TableName"),
            ("ImageQueue", "QueueName"),
            ("LambdaLogGroup", "LogGroupName"),
        }

    def test_longest_names_are_within_limits(self) -> None:
        stack = Stack(given={"EnvironmentSuffix": "e" * 18})
        assert len(stack.properties("ImageStorageBucket")["BucketName"]) <= 63
        assert len(stack.properties("ImageQueue")["QueueName"]) <= 80

    @pytest.mark.parametrize("name", ORIGINAL_TAGS)
    def test_resource_has_the_original_tags(self, name: str) -> None:
        tags = {each["Key"]: each["Value"] for each in STACK.properties(name)["Tags"]}
        assert tags == ORIGINAL_TAGS[name]


class TestOutputs:
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
    def test_output_has_value_export_and_description(
        self, output: str, value: dict[str, Any], export: str | None
    ) -> None:
        found = STACK.outputs[output]
        assert found["Value"] == STACK.resolve(value)
        assert found.get("Export", {}).get("Name") == export
        assert found["Description"]

    @pytest.mark.parametrize("partition", PARTITIONS)
    def test_dashboard_url_uses_the_console_of_the_partition(self, partition: str) -> None:
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
