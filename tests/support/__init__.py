"""What the tests share: databases, servers, and the people and programs that use the product.

`Site` is the product as it is reached from outside, in this process or on a real gunicorn; `Owner` and `PartnerApp`
are who uses it. Tests come in by the front door: by HTTP, and to make what they need by the rules.
"""
