"""Lupus efficacy: scores, composite responses, serology, kidney and glucocorticoids, by visit."""
