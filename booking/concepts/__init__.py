"""The vocabulary: what facilities offer, as concepts with words in six languages."""
