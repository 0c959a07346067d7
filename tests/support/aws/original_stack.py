"""A stack of the original template (docs/original.md)."""

__all__ = ["BUCKET", "TABLE", "TEMPLATE"]

BUCKET = "image-storage-bucket-dev-123456789012"
TABLE = "ImageMetadata-dev"
TEMPLATE = {
    "Resources": {
        "ImageStorageBucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": BUCKET},
        },
        "ImageMetadataTable": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": TABLE,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "ImageId", "AttributeType": "S"},
                    {"AttributeName": "UploadTimestamp", "AttributeType": "N"},
                ],
                "KeySchema": [{"AttributeName": "ImageId", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "UploadTimestampIndex",
                        "KeySchema": [{"AttributeName": "UploadTimestamp", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            },
        },
        "LambdaExecutionRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        },
        "ImageProcessorLambda": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "ImageProcessor-dev",
                "Runtime": "python3.9",
                "Timeout": 60,
                "Handler": "index.lambda_handler",
                "Role": {"Fn::GetAtt": ["LambdaExecutionRole", "Arn"]},
                "Environment": {"Variables": {"METADATA_TABLE": TABLE}},
                "Code": {"ZipFile": "def lambda_handler(event, context): ..."},
            },
        },
    }
}
"""The resources of the original template that docs/migrating.md names."""
