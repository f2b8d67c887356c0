"""What rows of several types can stand for: the interfaces of fields that lead to one of them.

Narrow on purpose: whoever asks such a field is asked only for the types it can lead to.
"""

import strawberry

from server.schema.nodes import Node


@strawberry.interface(description="What a work item can be about: something of a customer's that waits for somebody.")
class WorkSubject(Node):
    pass


@strawberry.interface(description="What somebody does for a purpose, within a service boundary or outside of it.")
class BoundaryFact(Node):
    pass


@strawberry.interface(description="What a customer can rate: something that was served.")
class RatedThing(Node):
    pass
