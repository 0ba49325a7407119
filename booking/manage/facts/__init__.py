"""What owners state about a facility: editing its facts, drafts, publishing, a way back."""
