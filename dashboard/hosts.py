"""Under which names this server answers.

A page elsewhere may give its own name the address of this machine (DNS rebinding), and would then
be taken for a page of this server. Streamlit refuses names that are not in ``server.allowedHosts``.
On a server for others that is its owner's to set. One that was started with a person's own folder
answers this machine's names only, unless others were set.
"""

from __future__ import annotations

import socket

from streamlit import config, net_util

from dashboard.live import own_folder, own_library

OPTION = "server.allowedHosts"


def keep_to_own_names() -> None:
    """Answer only under names of this machine, if what is shown is its user's own."""
    own = own_folder.named() or own_library.named()
    if own and not config.get_option(OPTION):
        config.set_option(OPTION, own_names())


def own_names() -> list[str]:
    """Names and addresses of this machine, as a browser here or in its network knows them."""
    host = socket.gethostname()
    names = ["localhost", "127.0.0.1", "[::1]", "::1", host, f"{host}.local"]
    return [*names, *filter(None, [net_util.get_internal_ip()])]
