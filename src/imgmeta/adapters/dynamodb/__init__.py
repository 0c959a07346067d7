"""Image records in an Amazon DynamoDB table."""

from imgmeta.adapters.dynamodb.migration import TableMigration
from imgmeta.adapters.dynamodb.repository import DynamoDBImageRepository
from imgmeta.adapters.dynamodb.table import create_table, size_of_table, table_definition

__all__ = [
    "DynamoDBImageRepository",
    "TableMigration",
    "create_table",
    "size_of_table",
    "table_definition",
]
