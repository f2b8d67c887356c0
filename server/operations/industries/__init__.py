"""The reviewed operating model of each industry, one data file each: its journey, its roles, its measures.

A stage names its owner, what the owner answers for while a customer is here, and whether the owner adds the customer.
A role names what the customer sees (persona, with {staff} and {brand}; position, at most 32 characters; promise), its
headline metric and further ones, the purposes it owns (each exactly one owner) or may use too, the feedback kinds it
must answer, and the sensitive notes it is cleared for. Welcome and handoff introduction belong to everyone and stand
nowhere.
"""
