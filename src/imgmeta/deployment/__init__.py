"""Build, deploy, inspect and delete stacks. No module that indexes images imports this package."""
