"""Exposure against response and safety: description first, cautions with it."""
