"""What the AWS adapters stand on: the clients they are given, and what AWS's errors mean."""

from imgmeta.adapters.aws.clients import Clients
from imgmeta.adapters.aws.failures import error_code, failure, translated

__all__ = ["Clients", "error_code", "failure", "translated"]
