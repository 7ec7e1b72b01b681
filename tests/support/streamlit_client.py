"""A visitor without a browser, who speaks Streamlit's protocol."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import requests
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TIMEOUT = 120  # seconds


class Visitor:
    """A session on a page with a file uploader.

    Parameters
    ----------
    address
        Host and port of the server.
    page
        Name of the page.
    query
        What the address says after the question mark.
    """

    def __init__(self, address: str, page: str, query: str = "") -> None:
        self.address, self.page, self.query = address, page, query
        # Nobody reads between two visits, so nobody would answer a ping.
        self.line = connect(f"ws://{address}/_stcore/stream", ping_interval=None, max_size=None)
        self.session, self.uploader = "", ""
        self._run(BackMsg())
        list(self._messages("script_finished"))

    def go(self, page: str) -> None:
        """Go to another page, and read it to the end."""
        self.page = page
        self._run(BackMsg())
        list(self._messages("script_finished"))

    def upload(self, file: Path, wanted: str) -> float:
        """Seconds until an element of a type came after the upload of a file; reads to the end.

        Raises
        ------
        AssertionError
            If the element does not come, or if a warning or an error does.
        """
        start, came = time.perf_counter(), 0.0
        self._run(self._chosen(file))
        for message in self._messages("script_finished"):
            element = message.delta.new_element
            if element.WhichOneof("type") == wanted:
                came = came or time.perf_counter() - start
            problem = element.alert.body if element.alert.format != Alert.INFO else ""
            assert not problem, problem
            assert not element.HasField("exception"), element.exception.message
        assert came, f"{wanted} did not come"
        return came

    def close(self) -> None:
        """Leave the page."""
        self.line.close()

    def _chosen(self, file: Path) -> BackMsg:
        """What a browser says when a file was chosen and uploaded."""
        message = BackMsg()
        message.file_urls_request.session_id = self.session
        message.file_urls_request.file_names.append(file.name)
        self.line.send(message.SerializeToString())
        [urls] = list(self._messages("file_urls_response"))[-1].file_urls_response.file_urls
        self._put(urls.upload_url, file)
        message = BackMsg()
        widget = message.rerun_script.widget_states.widgets.add(id=self.uploader)
        info = widget.file_uploader_state_value.uploaded_file_info.add(
            name=file.name, size=file.stat().st_size, file_id=urls.file_id
        )
        info.file_urls.CopyFrom(urls)
        return message

    def _put(self, url: str, file: Path) -> None:
        """Upload a file with the token that the server gives each browser."""
        with requests.Session() as http:
            http.get(f"http://{self.address}/_stcore/health", timeout=TIMEOUT)
            token = {"X-Xsrftoken": http.cookies["_streamlit_xsrf"]}
            files = {"file": (file.name, file.read_bytes())}
            answer = http.put(
                f"http://{self.address}{url}", files=files, headers=token, timeout=TIMEOUT
            )
            answer.raise_for_status()

    def _run(self, message: BackMsg) -> None:
        message.rerun_script.page_name = self.page
        message.rerun_script.query_string = self.query
        self.line.send(message.SerializeToString())

    def _messages(self, last: str) -> Iterator[ForwardMsg]:
        """What the server sends, up to a message of a type."""
        kind = ""
        while kind != last:
            message = ForwardMsg.FromString(self.line.recv(TIMEOUT))
            kind = message.WhichOneof("type")
            self.session = message.new_session.initialize.session_id or self.session
            self.uploader = message.delta.new_element.file_uploader.id or self.uploader
            yield message
