r"""What `--help` says of each command, before its options.

Typer fills up each paragraph, save those that start with a line that is `\b` alone.
"""

__all__ = [
    "BUILD",
    "DEPLOY",
    "DESTROY",
    "IMGMETA",
    "LIST",
    "REPROCESS",
    "SHOW",
    "STATS",
    "STATUS",
    "SYNC",
    "TEMPLATE",
    "VERIFY",
]

IMGMETA = """\
A truthful, queryable index of the images in a folder or a bucket.

\b
imgmeta sync photos             index a folder, or bring its index up to date
imgmeta list --since 7d         what was put there in the last seven days
imgmeta show photos/beach.jpg   all that is known of one image
imgmeta sync s3://holiday       the same of a bucket in Amazon S3
"""

SYNC = """\
Make the index say exactly what is there.

Reads what is new, changed or was read by an older imgmeta, forgets what is gone, and passes over
the rest. It can be stopped at any time: the next sync goes on from there.

A file or object that is no readable image is recorded as failed, with the reason. That makes the
exit code 1 in the run that finds it, and not again while it stays as it is.

With --json: each record that was written; for what could not be reached, BucketName, ObjectKey,
Outcome (error) and Error.

\b
imgmeta sync photos
imgmeta sync ~/Pictures /mnt/card/DCIM --store sqlite:////srv/photos.db
imgmeta sync s3://holiday/2026/ --store dynamodb://images
imgmeta sync photos --json | jq .CameraModel
"""

VERIFY = """\
Say where the index is not true, and change nothing.

One line for each difference: new, changed, outdated (read by an older imgmeta), gone, or unknown
(a folder that cannot be read). The exit code is 1 if there is any.

With --json: BucketName, ObjectKey, Difference and, if there is one, Error.

\b
imgmeta verify photos
imgmeta verify s3://holiday --store dynamodb://images
imgmeta verify photos --json | jq -r .ObjectKey
"""

REPROCESS = """\
Read one image again, even if it did not change.

With --json: the record that was written.

\b
imgmeta reprocess photos/beach.jpg
imgmeta reprocess s3://holiday/2026/beach.jpg
"""

SHOW = """\
Show all that the index knows of one image.

The exit code is 1 if that is nothing. Times are in UTC, save the one that the camera wrote.

With --json: the record.

\b
imgmeta show photos/beach.jpg
imgmeta show s3://holiday/2026/beach.jpg
imgmeta show 9e107d9d372bb6826bd81d3542a419d6 --json
"""

LIST = """\
List images, each on a line.

With --prefix they come in the order of their paths or keys; with times alone, in the order of their
upload (of a file: its last change); else in the index's own order. Images that are gone are
listed by --status deleted alone.

A TIME is 2026-11-01, 2026-11-01T12:00 or 2026-11-01T12:00+02:00, in UTC if it does not say
otherwise; or 7d or 24h, for so many days or hours ago.

With --json: the records.

\b
imgmeta list --prefix photos/2026 --status failed
imgmeta list --prefix s3://holiday/2026 --store dynamodb://images
imgmeta list --since 2026-11-01 --until 2026-12-01 --json
imgmeta list --since 7d --limit 20
"""

STATS = """\
Count images by status, format, camera and month.

The month is the one that the photo was taken in, by the camera's clock. What an image does not
say is not counted.

With --json: Group, Value and Count, all of them.

\b
imgmeta stats
imgmeta stats --store dynamodb://images
imgmeta stats --json | jq -c 'select(.Group == "Camera")'
"""

DEPLOY = """\
Put the whole system into an AWS account: bucket, queue, function, table, topic, alarms, dashboard.

Builds the function, asks CloudFormation what would change, shows that and asks you, puts the
function's zip into a bucket for such things, and follows the changes until they are made. Done
again, it changes what differs, and nothing if nothing does.

It can be left while the changes are made: they go on without it. What fails is rolled back, and the
first cause is said.

With --json: the stack's outputs as one object.

\b
imgmeta deploy --stack-name photos --email me@example.com
imgmeta deploy --stack-name photos --parameter MemorySize=1024 --dry-run
imgmeta deploy --stack-name photos-prod --environment prod --email ops@example.com --yes
"""

STATUS = """\
Say how a stack is: its alarms, its queue, its dead letters, and the image that came last.

The exit code is 1 if the stack is not whole, an alarm is on, or there are dead letters.

With --json: one object with all of it.

\b
imgmeta status --stack-name photos
imgmeta status --stack-name photos --json | jq .DeadLetters.Waiting
"""

DESTROY = """\
Delete a stack, and keep its images and its index.

Says what is kept and what is deleted, and asks. The bucket with its images and the table with the
index stay in the account, with their names.

\b
imgmeta destroy --stack-name photos
"""

BUILD = """\
Make the function's zip, for AWS Lambda.

All that the function needs is in it, for its runtime and architecture, whatever this computer is.
The libraries come from the package index, by pip or uv, in the versions that imgmeta is locked to.
The same inputs make the same zip, and its name holds its hash.

If there is a Python of the runtime's version here, its bytecode is in the zip too, so that the
function starts sooner.

With --json: Path, Runtime, Architecture, Size, UnpackedSize, IsPrecompiled and Parts, in bytes.

\b
imgmeta build --output dist
imgmeta build --architecture x86_64 --runtime python3.12
imgmeta build --json | jq -r .Path
"""

TEMPLATE = """\
Print the CloudFormation template that `imgmeta deploy` uses.

\b
imgmeta template --output template.yaml
imgmeta template | cfn-lint -
"""
