from hypothesis import settings

# A property says what is true, not how fast: machines that run tests are busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
