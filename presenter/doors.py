"""WebSockets that belong to no talk: for people who have signed in, from a page of ours."""

from slides.live import auth, gauges, lanes, protocol


class SignedIn:
    """Leaves `login` in the scope, or accepts and closes with the reason, which is all that a browser gets to see."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        login = None
        allowed = auth.origin_allowed(scope)
        if allowed:
            login = await lanes.reads.run(auth.login, auth.session_key(scope))
        if login:
            await self.application({**scope, "login": login}, receive, send)
            return
        code = protocol.CLOSE_SIGN_IN if allowed else protocol.CLOSE_NOT_ALLOWED
        await _refuse(code, scope, receive, send)


async def nowhere(scope, receive, send):
    """Answers for every address that leads nowhere. Channels would raise, which anybody could fill the log with."""
    await _refuse(protocol.CLOSE_NO_SUCH_TALK, scope, receive, send)


async def _refuse(code, scope, receive, send):
    gauges.refused[code] += 1
    await auth.turn_away(code, scope, receive, send)
