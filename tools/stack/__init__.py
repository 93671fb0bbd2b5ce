"""What brings up SmartCash on a developer's machine; needs nothing but Python itself."""
