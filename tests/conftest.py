from hypothesis import settings

settings.register_profile("carpk", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("carpk")
