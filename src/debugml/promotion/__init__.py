"""Is the new model good enough to ship? Is the process?"""
