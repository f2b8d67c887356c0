"""Group chats 客户群: where a central brand talks to many customers at once, who is in them since when, and what is posted.

Words: a GroupChat is served by an ops group or role, at a store, and has an owner 群主; a Membership is one stay of one customer
in it, from joining 入群 to leaving 退群; a Post is one message to everybody who is in the chat at that moment.

Invariants: a customer is in a chat once at a time, and stays follow one another; a dissolved chat 已解散 has nobody in it and is
never joined again. Membership is no friendship: it gives nobody a relationship, and nobody sees a customer by it. What a post
comes to as contacts with customers is not kept here.
"""
