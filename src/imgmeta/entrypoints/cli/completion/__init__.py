"""Shell completion.

The script of a shell contains commands, options and fixed values, so that these need no process.
For values from the index, it runs `imgmeta __complete`, which imports as little as possible.
"""
