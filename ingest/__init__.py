"""The outside world becomes kept bytes, and bytes become a parsed mail."""
