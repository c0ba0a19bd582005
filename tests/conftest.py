"""Settings of all tests."""

from hypothesis import settings

# A busy machine is no failure; a property is not about how long it takes.
settings.register_profile("mfh", deadline=None)
settings.load_profile("mfh")
