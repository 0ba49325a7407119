"""Saved replies of a cluster: the texts that its approvers put into their answers."""
