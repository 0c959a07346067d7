"""Camera raw formats: the raw image's size, and the EXIF data beside it."""
