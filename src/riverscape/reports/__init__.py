"""What people look at: figures and tables.

The modules are imported one by one, because the figures bring matplotlib along.
"""
