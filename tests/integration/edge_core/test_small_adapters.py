"""Key file, captions and the HTTP side of uploads, on real files and a real server."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import stat

import pytest
from PIL import Image
from typer.testing import CliRunner

from edge.__main__ import cli
from edge.adapters.key import KeyFileError, create, load
from edge.adapters.photos import ANSWER_BYTES_MAX, Captions, HttpPut, caption
from edge.uploads import UploadError
from schemas.envelope import SigningKey, b64url, thumbprint
from tests.processes import free_port


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path):
    key, path = SigningKey.generate(), tmp_path / "etc" / "gate.key"
    create(path, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(path).kid == key.kid
    with pytest.raises(KeyFileError, match="exists"):
        create(path, SigningKey.generate())
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load(path)


def test_a_bare_seed_is_read_too_and_anything_else_is_said(tmp_path):
    key, path = SigningKey.generate(), tmp_path / "gate.key"
    path.write_text(b64url(key.seed) + "\n")
    path.chmod(0o600)
    assert load(path).kid == key.kid
    for content in (b"", b"short", b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(KeyFileError):
            load(path)
    with pytest.raises(KeyFileError, match="enrol"):
        load(tmp_path / "none")


def test_enrolment_prints_what_the_cloud_registers(tmp_path):
    (tmp_path / "gate.toml").write_text(
        'gate = "KEL-OUT-1"\nstate_dir = "s"\nkey_file = "gate.key"\n'
        '[cloud]\npinned_keys = [{kty = "OKP"}]\n[mqtt]\nhost = "h"\n[http]\nupload_url = "u"\n'
        '[[lanes]]\nid = "1"\nreader = "r"\ncamera = {url = "c"}\n'
    )
    command = ["enrol", "--config", str(tmp_path / "gate.toml")]
    result = CliRunner().invoke(cli, command)
    told = json.loads(result.stdout)
    assert told["gate"] == "KEL-OUT-1"
    assert told["kid"] == thumbprint(told["key"]) == load(tmp_path / "gate.key").kid
    again = CliRunner().invoke(cli, command)
    assert again.exit_code == 2
    assert "exists" in again.stderr


def jpeg(width=1920, height=1080):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, "JPEG")
    return out.getvalue()


async def test_the_copy_is_captioned_and_the_original_untouched():
    original, reads = jpeg(), []

    async def read(name):
        reads.append(name)
        return original if name == "known" else None

    captions = Captions(read, "KEL-OUT-1")
    copy = await captions("known")
    assert copy == await captions("known")
    assert reads == ["known"]
    assert await captions("unknown") is None
    with Image.open(io.BytesIO(copy)) as image:
        assert image.width == 1280
        assert image.height > 720
    assert caption(b"no picture", "text") == b"no picture"


async def test_a_picture_is_put_with_its_signature_and_bounded_as_a_whole():
    got = []

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        got.append((head, await reader.readexactly(len(b"picture"))))
        if "slow" not in head:
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nkept")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        put = HttpPut(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", 0.5)
        assert await put("abc", b"picture", b"a.b.c") == (201, b"kept")
        with pytest.raises(UploadError):
            await put("slow", b"picture", b"a.b.c")
        await put.close()
    assert got[0][0].startswith("PUT /api/v1/photos/abc ")
    assert "sealgate-signature: a.b.c" in got[0][0].lower()
    assert got[0][1] == b"picture"
    nobody = HttpPut(f"http://127.0.0.1:{free_port()}", 0.5)
    with pytest.raises(UploadError):
        await nobody("abc", b"picture", b"a.b.c")
    await nobody.close()


async def test_of_an_endless_answer_only_the_beginning_is_read():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"please log in " * 500)
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        put = HttpPut(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", 10.0)
        status, body = await put("abc", b"picture", b"a.b.c")
        assert status == 200
        assert ANSWER_BYTES_MAX < len(body) < 2**20
        await put.close()
