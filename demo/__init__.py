"""The sample supplier: a few customers and their supply points, with load curves made from real shapes.

``python -m demo`` prepares its data (:mod:`demo.prepare`), says who can register (:mod:`demo.welcome`) and
opens the portal. Nobody in it exists: tax codes name a birthplace that there isn't, VAT and distributor
numbers are not given out.
"""
