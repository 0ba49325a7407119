"""The vocabulary: concepts with broader ones and words in six languages."""
