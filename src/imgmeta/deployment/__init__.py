"""Build, deploy, watch and remove a stack: a wing that nothing of the index imports."""
