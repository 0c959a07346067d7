"""Checks whether a file has all bytes of its image: one module for each kind of evidence.

Data after the image, such as a video or a second image, does not matter. A check may make the
second request for an object, but not a third. Only lengths and end markers are checked: blocks of
zeros inside the image, as in a download that fills a file in any order, are not detected.
"""
