"""Remedies of errors, in terms of command-line options."""

from imgmeta.errors import ImgmetaError, Remedy

__all__ = ["REMEDIES", "error_message"]

REMEDIES = {
    Remedy.ARTIFACT_BUCKET: "pass another --artifact-bucket",
    Remedy.BACKFILL: "check the key, or run `imgmeta backfill` for the stack",
    Remedy.CREDENTIALS: "run `aws configure`, set AWS_PROFILE or pass --profile",
    Remedy.DELETE_STACK: "run `imgmeta destroy`, then deploy again",
    Remedy.DEPLOY_AGAIN: "run `imgmeta deploy` for it again",
    Remedy.EMAIL: "pass --email ADDRESS",
    Remedy.ENDPOINT: "check the endpoint (--endpoint-url or AWS_ENDPOINT_URL) and the network",
    Remedy.KMS_KEY: "allow kms:Decrypt with the key of the object; for a stack's function, run "
    "`imgmeta deploy` with --parameter KmsKeyArns=ARN",
    Remedy.PARAMETER: "pass --parameter NAME=VALUE",
    Remedy.REGION: "pass --region or set AWS_REGION",
    Remedy.REQUEST_PAYER: "if the requester pays for this bucket, pass --request-payer",
    Remedy.RUNTIME: "pass a supported --runtime and --architecture",
    Remedy.STACK_NAME: "pass another --stack-name",
    Remedy.STORE: "pass another --store",
    Remedy.SYNC: "run `imgmeta sync` on its folder or bucket",
    Remedy.SYNC_FIRST: "run `imgmeta sync` first, or pass another --store",
}


def error_message(error: ImgmetaError) -> str:
    """Return what failed and, where the error has a remedy, the option to change."""
    return f"{error.message}: {REMEDIES[error.remedy]}" if error.remedy else error.message
