"""The floor that every room stands on: values, text and settings."""
