"""Requests, retries and streams, once for both clients.

Everything here that waits is written as coroutines over a `Wire`. The asynchronous client awaits them. The blocking one
gives them a wire that does its work before it answers, so that they run through without ever giving way.
"""
