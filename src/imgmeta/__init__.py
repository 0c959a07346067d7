"""A truthful, queryable index of the images in an S3 bucket or a folder."""
